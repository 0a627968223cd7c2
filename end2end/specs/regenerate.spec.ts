// A key gets a new text; the old one ends at once or after a while.
import { expectAccepted, expectRefused } from '../api';
import { account, demo, home, type Organization } from '../demo';
import { expect, test, type Page } from '../fixtures';
import {
  button,
  createStoredKey,
  finishReveal,
  heading,
  keyPath,
  keysPath,
  link,
  post,
  problems,
  receipt,
  revealedKey,
  unique,
} from '../pages';

let organization: Organization;

test.beforeEach(async ({ page, signInAs }) => {
  const { organization: own, admin } = home();
  organization = own;
  await signInAs(page, admin);
});

async function openRegenerate(page: Page, what: string): Promise<{ key: string; id: string }> {
  const created = await createStoredKey(page, organization.slug, unique(what));
  await link(page, 'Regenerate').click();
  await expect(heading(page, /^Regenerate /)).toBeVisible();
  return created;
}

test('with an overlap of 24 hours both keys work', async ({ page }) => {
  const { key: old, id } = await openRegenerate(page, 'Overlap');
  await page.getByLabel('After 24 h').check();
  await button(page, 'Regenerate key').click();
  const key = await revealedKey(page);
  expect(key).not.toBe(old);
  await expectAccepted(organization, old);
  await expectAccepted(organization, key);

  expect(await finishReveal(page)).toBe(id);
  const card = page
    .locator('section.card')
    .filter({ has: page.getByRole('heading', { name: 'Old key', exact: true }) });
  await expect(card).toContainText(`…${old.slice(-4)}`);
  await expect(card).toContainText(/ends in 2[34] h/);
  // The list has one line for the key, not two.
  await page.goto(`${keysPath(organization.slug)}?q=${old.slice(-4)}`);
  await expect(page.getByText(`…${old.slice(-4)}`)).toHaveCount(0);
});

test('a key that nobody uses ends now unless another time is chosen', async ({ page }) => {
  const { key: old } = await openRegenerate(page, 'Unused');
  await expect(page.getByLabel('Now', { exact: true })).toBeChecked();
  await button(page, 'Regenerate key').click();
  const key = await revealedKey(page);
  await expect(page.locator('.banner').getByText(receipt('Old key ended'))).toBeVisible();
  await expectRefused(organization, old);
  await expectAccepted(organization, key);
});

test('a leaked key is to end now', async ({ page }) => {
  const { key: old } = await openRegenerate(page, 'Leaked');
  // Ticking the box chooses Now where scripts run; another choice can be made after it.
  await page.getByLabel('The key may have leaked').check();
  await page.getByLabel('After 7 d').check();
  // The server asks once more, with Now chosen.
  const answer = await post(page, button(page, 'Regenerate key'));
  expect(answer.status()).toBe(422);
  await expect(problems(page)).toBeVisible();
  await expect(page.getByLabel('The key may have leaked')).toBeChecked();
  await expectAccepted(organization, old);
  await expect(page.getByLabel('Now', { exact: true })).toBeChecked();
  await button(page, 'Regenerate key').click();
  await revealedKey(page);
  await expectRefused(organization, old);
});

test('a page that shows a key of yesterday replaces nothing', async ({ page, context }) => {
  const { id } = await openRegenerate(page, 'Two people');
  const other = await context.newPage();
  await other.goto(`${keyPath(organization.slug, id)}/regenerate`);
  await button(other, 'Regenerate key').click();
  const key = await revealedKey(other);
  await other.close({ runBeforeUnload: false });

  const answer = await post(page, button(page, 'Regenerate key'));
  expect(answer.status()).toBe(409);
  await expectAccepted(organization, key);
});

test('where the vendor allows no overlap there is none to choose', async ({ page, signInAs }) => {
  const deliverty = demo().organizations.find(({ profile }) => profile === 'deliverty');
  if (!deliverty) throw new Error('the demo data lacks deliverty');
  await page.context().clearCookies();
  await signInAs(page, account('admin', deliverty.slug));
  await createStoredKey(page, deliverty.slug, unique('At once'));
  await link(page, 'Regenerate').click();
  await expect(page.getByText('The old key stops working at once')).toBeVisible();
  await expect(page.getByLabel('After 24 h')).toHaveCount(0);
  await button(page, 'Regenerate key').click();
  await revealedKey(page);
});
