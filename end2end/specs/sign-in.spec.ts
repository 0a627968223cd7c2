import { home, neighbour } from '../demo';
import { expect, fillSignIn, test } from '../fixtures';
import { heading, problems } from '../pages';

const wrong = 'E-mail or password is wrong';

test('sign in, look around, sign out', async ({ page, visit }) => {
  const { organization, admin: who } = home();
  await visit(page, '/login');
  await expect(heading(page, 'Sign in')).toBeVisible();
  await fillSignIn(page, who.email, who.password);

  await expect(heading(page, 'Overview')).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`/${who.organization}$`));
  await expect(page).toHaveTitle(`Overview · ${organization.name} · Latchkey`);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByText('You are signed out')).toBeVisible();

  await visit(page, `/${who.organization}`);
  await expect(page).toHaveURL(/\/login\?next=/);
});

test('the page asked for comes after signing in', async ({ page, visit }) => {
  const { admin: who } = home();
  await visit(page, `/${who.organization}/channels`);
  await expect(heading(page, 'Sign in')).toBeVisible();
  await fillSignIn(page, who.email, who.password);
  await expect(heading(page, 'Channels')).toBeVisible();
});

test('a wrong password and an unknown user look the same', async ({ page, visit }) => {
  const answers: string[] = [];
  // Somebody whom no other journey needs, in case that failures are counted.
  for (const email of [neighbour().email, 'nobody@example.invalid']) {
    await visit(page, '/login');
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await fillSignIn(page, email, 'not the password');
    expect((await answered).status()).toBe(422);

    await expect(problems(page)).toContainText(wrong);
    await expect(page.getByLabel('E-mail')).toHaveValue(email);
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
    answers.push(await page.getByRole('main').innerText());
  }
  expect(answers[1]).toBe(answers[0]);
});

for (const next of [
  'https://example.invalid/',
  '//example.invalid/',
  '/\\example.invalid/',
  '/\t/example.invalid/',
  'javascript:alert(1)',
  // Forms are sent there, and nobody looks.
  '/logout',
]) {
  test(`signing in leads to no other site: ${JSON.stringify(next)}`, async ({ page, visit }) => {
    const { admin: who } = home();
    await visit(page, `/login?next=${encodeURIComponent(next)}`);
    await fillSignIn(page, who.email, who.password);
    await expect(heading(page, 'Overview')).toBeVisible();
    await expect(page).toHaveURL(new RegExp(`/${who.organization}$`));
  });
}

test('the password can be shown', async ({ page, visit, javaScriptEnabled }) => {
  await visit(page, '/login');
  const field = page.getByLabel('Password', { exact: true });
  const toggle = page.getByRole('button', { name: 'Show password' });
  await field.fill('correct horse');
  await expect(field).toHaveAttribute('type', 'password');
  if (javaScriptEnabled === false) {
    await expect(toggle).toBeHidden();
    return;
  }
  await toggle.click();
  await expect(field).toHaveAttribute('type', 'text');
  await page.getByRole('button', { name: 'Hide password' }).click();
  await expect(field).toHaveAttribute('type', 'password');
});
