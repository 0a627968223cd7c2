import { newTenant, forgetProof } from '../database';
import { expect, test } from '../fixtures';
import {
  button,
  formValues,
  formWith,
  heading,
  liftLimits,
  link,
  openCreateKey,
  post,
  postValues,
  problems,
} from '../pages';

const settingsPath = (slug: string) => `/${slug}/settings`;

test('settings are saved, and new keys obey them', async ({ page, signInAs }) => {
  const { slug, owner } = newTenant();
  await signInAs(page, owner);
  await page.getByRole('navigation').getByRole('link', { name: 'Settings', exact: true }).click();
  await expect(heading(page, 'Settings')).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill('Clinic مستشفى 👩‍⚕️');
  await page.getByLabel('Time zone').selectOption('America/Argentina/Buenos_Aires');
  await page.getByLabel('Expire at the latest').selectOption('30');
  await button(page, 'Save').click();
  await expect(page.getByText('Settings saved')).toBeVisible();
  await expect(page).toHaveTitle('Settings · Clinic مستشفى 👩‍⚕️ · Latchkey');
  await expect(page.getByLabel('Time zone')).toHaveValue('America/Argentina/Buenos_Aires');

  await openCreateKey(page, slug, 'Not too long');
  await expect(page.getByLabel('Expires')).toHaveValue('30');
  await expect(page.getByLabel('Expires').locator('option[value="90"]')).toHaveCount(0);
  const values = await formValues(formWith(page, 'Create key'));
  const forged = { ...values, expires_in_days: '90' };
  const refused = await postValues(page, `/${slug}/settings/api-keys/new`, forged);
  expect(refused.status()).toBe(422);
  expect(await refused.text()).toContain('expire after 30 days or sooner');
  await button(page, 'Create key').click();
  await expect(heading(page, 'Copy your API key')).toBeVisible();
  await page.getByLabel('I have stored it').check();
  await button(page, 'Done').click();

  await page.goto(`/${slug}/settings/audit-log`);
  await expect(page.getByRole('main')).toContainText('settings changed');
});

test('a stale form changes nothing and keeps what was typed', async ({ page, signInAs }) => {
  const { slug, owner } = newTenant();
  await signInAs(page, owner);
  await page.goto(settingsPath(slug));
  const values = await formValues(formWith(page, 'Save'));
  const theirs = await postValues(page, settingsPath(slug), { ...values, name: 'Theirs' });
  expect(theirs.status()).toBe(303);
  await page.getByLabel('Name', { exact: true }).fill('Mine');
  expect((await post(page, button(page, 'Save'))).status()).toBe(422);
  await expect(problems(page)).toContainText('Somebody else has saved in the meantime');
  await expect(problems(page).getByRole('link')).toHaveCount(0);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Mine');
  await expect(page.getByText('Theirs').first()).toBeVisible();
  await button(page, 'Save').click();
  await expect(page).toHaveTitle('Settings · Mine · Latchkey');
});

test('bad values are refused with a reason', async ({ page, signInAs }) => {
  const { slug, owner } = newTenant();
  await signInAs(page, owner);
  for (const [name, reason] of [
    [' ', 'Enter a value'],
    ['x'.repeat(10_000), 'Use at most 100 characters'],
    ['<script>alert(1)</script>', 'Leave out < and >'],
    ['right\u202Eleft', 'invisible characters'],
  ] as const) {
    await page.goto(settingsPath(slug));
    await liftLimits(formWith(page, 'Save'));
    await page.getByLabel('Name', { exact: true }).fill(name);
    expect((await post(page, button(page, 'Save'))).status()).toBe(422);
    await expect(problems(page)).toContainText(reason);
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue(name);
  }
  const values = await formValues(formWith(page, 'Save'));
  const wrongs: Record<string, string>[] = [
    { time_zone: 'Mars/Olympus' },
    { key_days_max: '31' },
    { seen: 'x' },
  ];
  for (const wrong of wrongs) {
    const answer = await postValues(page, settingsPath(slug), { ...values, name: 'Fine', ...wrong });
    expect(answer.status(), JSON.stringify(wrong)).toBe(422);
  }
});

test('how members sign in is the owner’s to change, with the password', async ({
  page,
  signInAs,
}) => {
  const { slug, owner, admin } = newTenant();
  await signInAs(page, admin);
  await page.goto(settingsPath(slug));
  await expect(page.getByRole('main')).toContainText('Only owners can change this');
  await expect(link(page, 'Change')).toHaveCount(0);
  expect((await page.goto(`${settingsPath(slug)}/security`))?.status()).toBe(403);

  await page.context().clearCookies();
  await signInAs(page, owner);
  forgetProof(owner.email);
  await page.goto(settingsPath(slug));
  await link(page, 'Change').click();
  await expect(heading(page, 'Confirm that it is you')).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill('not it');
  expect((await post(page, button(page, 'Continue'))).status()).toBe(422);
  await expect(problems(page)).toContainText('This is not your current password');
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await button(page, 'Continue').click();
  await expect(heading(page, 'Signing in')).toBeVisible();
  await page.getByLabel('Sign members out').selectOption('15');
  await button(page, 'Save').click();
  await expect(page.getByText('After 15 minutes without a page')).toBeVisible();

  // Whoever asks for a second factor has one.
  await link(page, 'Change').click();
  await page.getByLabel('Members need a second factor').check();
  expect((await post(page, button(page, 'Save'))).status()).toBe(422);
  await expect(problems(page)).toContainText('Set up your own second factor first');
});
