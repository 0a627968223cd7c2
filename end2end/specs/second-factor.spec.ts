import { newTenant } from '../database';
import type { Member } from '../demo';
import { expect, fillSignIn, test, type Page } from '../fixtures';
import { button, heading, link, post, problems } from '../pages';
import { code } from '../totp';

/** Sets a second factor up, on the account's page. Gives the secret and the recovery codes. */
async function setUp(page: Page): Promise<{ secret: string; codes: string[] }> {
  await button(page, 'Set up').click();
  await expect(heading(page, 'Set up your app')).toBeVisible();
  await expect(page.getByRole('img', { name: /secret/ })).toBeVisible();
  const secret = (await page.getByTestId('totp-secret').innerText()).trim();
  await page.getByLabel('Code', { exact: true }).fill(code(secret));
  await button(page, 'Confirm').click();
  await expect(heading(page, 'Store your recovery codes')).toBeVisible();
  const codes = (await page.locator('pre').innerText()).trim().split('\n');
  expect(codes).toHaveLength(10);
  await link(page, 'I have stored them').click();
  return { secret, codes };
}

async function signOutAndIn(page: Page, who: Member): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`/login?next=/${who.organization}`);
  await fillSignIn(page, who.email, who.password);
}

test('set up, sign in with codes, turn off', async ({ page, signInAs }) => {
  const { slug, owner } = newTenant();
  await signInAs(page, owner);
  await page.goto('/account');
  await link(page, 'Set up').click();

  await test.step('a wrong code shows the secret to nobody', async () => {
    await button(page, 'Set up').click();
    const secret = (await page.getByTestId('totp-secret').innerText()).trim();
    await page.getByLabel('Code', { exact: true }).fill('12345');
    expect((await post(page, button(page, 'Confirm'))).status()).toBe(422);
    await expect(problems(page)).toContainText('not the code that your app shows');
    expect(await page.content()).not.toContain(secret);
    await link(page, 'Begin again').click();
  });

  const { secret, codes } = await setUp(page);
  await expect(heading(page, 'Overview')).toBeVisible();

  await test.step('signing in takes a code, and each works once', async () => {
    await signOutAndIn(page, owner);
    await expect(heading(page, 'Enter your code')).toBeVisible();
    await page.goto(`/${slug}`);
    await expect(heading(page, 'Sign in')).toBeVisible();
    await fillSignIn(page, owner.email, owner.password);
    await page.getByLabel('Code', { exact: true }).fill('000000');
    expect((await post(page, button(page, 'Sign in'))).status()).toBe(422);
    await expect(problems(page)).toContainText('not the code');
    await page.getByLabel('Code', { exact: true }).fill(code(secret, 1));
    await button(page, 'Sign in').click();
    await expect(heading(page, 'Overview')).toBeVisible();
  });

  await test.step('a recovery code does as well, once', async () => {
    for (const used of [false, true]) {
      await signOutAndIn(page, owner);
      await page.getByLabel('Code', { exact: true }).fill(codes[0] ?? '');
      await button(page, 'Sign in').click();
      if (used) await expect(problems(page)).toContainText('not the code');
      else await expect(heading(page, 'Overview')).toBeVisible();
      if (used) await page.getByLabel('Code', { exact: true }).fill(codes[1] ?? '');
      if (used) await button(page, 'Sign in').click();
    }
    await expect(heading(page, 'Overview')).toBeVisible();
  });

  await page.goto('/account');
  await link(page, 'Change').click();
  await expect(page.getByRole('main')).toContainText('Recovery codes left');
  await button(page, 'Turn off').click();
  await expect(page.getByText('The second factor is turned off')).toBeVisible();
  await signOutAndIn(page, owner);
  await expect(heading(page, 'Overview')).toBeVisible();
});

test('an organization may ask for it', async ({ page, signInAs }) => {
  const { slug, owner, admin } = newTenant();
  await signInAs(page, owner);
  await page.goto('/account/second-factor');
  await setUp(page);
  await page.goto(`/${slug}/settings/security`);
  await page.getByLabel('Members need a second factor').check();
  await button(page, 'Save').click();
  await expect(page.getByText('Members need a second factor.')).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto('/login');
  await fillSignIn(page, admin.email, admin.password);
  await expect(heading(page, 'This organization asks for a second factor')).toBeVisible();
  expect((await page.goto(`/${slug}/channels`))?.status()).toBe(403);
  await link(page, 'Set up a second factor').click();
  await setUp(page);
  await expect(heading(page, 'Overview')).toBeVisible();
});
