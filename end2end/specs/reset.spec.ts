import { newTenant, resetLink } from '../database';
import { expect, fillSignIn, test } from '../fixtures';
import { button, heading, post, problems } from '../pages';

test('a link from the command line, once', async ({
  page,
  browser,
  watch,
  signInAs,
  baseURL,
  javaScriptEnabled,
}) => {
  const { slug, owner } = newTenant();
  await signInAs(page, owner);
  const context = await browser.newContext({ baseURL, javaScriptEnabled });
  watch(context);
  const fresh = await context.newPage();
  await fresh.goto('/login');
  await fresh.getByRole('link', { name: 'Forgotten your password?' }).click();
  await expect(heading(fresh, 'Forgotten your password?')).toBeVisible();
  await expect(fresh.getByRole('main')).toContainText('latchkey users reset-password');

  const path = resetLink(owner.email);
  const address = new URL(path, page.url()).href;
  await fresh.goto(address);
  await expect(heading(fresh, 'Choose a new password')).toBeVisible();
  await fresh.getByLabel('New password', { exact: true }).fill('short');
  expect((await post(fresh, button(fresh, 'Save the password'))).status()).toBe(422);
  await expect(problems(fresh)).toContainText('Use at least 12 characters');
  await fresh.getByLabel('New password', { exact: true }).fill('a new and long password');
  await button(fresh, 'Save the password').click();
  await expect(fresh.getByText('Password saved')).toBeVisible();

  await page.reload();
  await expect(heading(page, 'Sign in')).toBeVisible();
  await fillSignIn(page, owner.email, owner.password);
  await expect(problems(page)).toContainText('E-mail or password is wrong');
  await page.goto(`/login?next=/${slug}`);
  await fillSignIn(page, owner.email, 'a new and long password');
  await expect(heading(page, 'Overview')).toBeVisible();

  for (const dead of [address, new URL('/reset/x', page.url()).href]) {
    expect((await fresh.goto(dead))?.status()).toBe(404);
    await expect(heading(fresh, 'This link is not valid')).toBeVisible();
  }
  await context.close();
});
