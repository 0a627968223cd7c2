// The old key of a regenerated one: who still calls with it, and how long it goes on.
import { call, expectAccepted, expectRefused } from '../api';
import { home, type Organization } from '../demo';
import { expect, test, type Page } from '../fixtures';
import {
  button,
  chartTotals,
  createStoredKey,
  disableKey,
  finishReveal,
  keyPath,
  link,
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

/** A key that drains for an hour, on its page. */
async function draining(page: Page): Promise<{ id: string; old: string; key: string }> {
  const { key: old, id } = await createStoredKey(page, organization.slug, unique('Drain'));
  await link(page, 'Regenerate').click();
  await page.getByLabel('After 1 h').check();
  await button(page, 'Regenerate key').click();
  const key = await revealedKey(page);
  await finishReveal(page);
  return { id, old, key };
}

function card(page: Page) {
  return page
    .locator('section.card')
    .filter({ has: page.getByRole('heading', { name: /^Old keys?$/ }) });
}

test('the page tells who still calls with the old key', async ({ page }) => {
  const { id, old, key } = await draining(page);
  await expect(card(page)).toContainText('No request with it');
  // Of the minute in which the key was replaced, nobody can tell whose calls they were.
  test.slow();
  await page.waitForTimeout(60_000 - (Date.now() % 60_000));
  for (let calls = 0; calls < 3; calls += 1) await call(organization, old);
  for (let calls = 0; calls < 2; calls += 1) await call(organization, key);
  await expect(async () => {
    await page.goto(keyPath(organization.slug, id));
    await expect(card(page)).toContainText('3 requests with it', { timeout: 500 });
    const totals = await chartTotals(card(page).locator('figure'));
    expect(totals).toEqual({ 'New key': 2, 'Old key': 3 });
  }).toPass({ timeout: 20_000 });
});

test('the end can be moved, and brought about', async ({ page }) => {
  const { id, old, key } = await draining(page);
  await expect(card(page)).toContainText(/ends in (60|59) min|ends in 1 h/);
  await button(page, 'Extend by 24 h').click();
  await expect(page.locator('.banner').getByText('The old key ends later')).toBeVisible();
  await expect(card(page)).toContainText(/ends in 2[45] h/);
  await expectAccepted(organization, old);

  await button(page, 'End now').click();
  await expect(page.locator('.banner').getByText(receipt('Old key ended'))).toBeVisible();
  await expect(card(page)).toContainText('Ended just now');
  await expect(button(page, 'End now')).toHaveCount(0);
  await expectRefused(organization, old);
  await expectAccepted(organization, key);

  // Both are on record.
  await page.goto(keyPath(organization.slug, id));
  const history = page.getByRole('main');
  await expect(history.getByText('Key drain extended')).toBeVisible();
  await expect(history.getByText('Key drain ended')).toBeVisible();
});

test('disabling and revoking reach the old key too', async ({ page }) => {
  const { old, key } = await draining(page);
  await disableKey(page);
  await expect(card(page)).toContainText('Refused while the key is disabled. Ends in');
  for (const text of [old, key]) await expectRefused(organization, text);
  await button(page, 'Enable').click();
  await expect(link(page, 'Disable')).toBeVisible();
  for (const text of [old, key]) await expectAccepted(organization, text);
  await expect(async () => {
    await page.reload();
    await expect(page.getByText('Waiting')).toHaveCount(0, { timeout: 500 });
    await expect(card(page)).toContainText('requests with it', { timeout: 500 });
  }).toPass();

  await link(page, 'Revoke').click();
  const confirmation = page.getByLabel(/^Type .* to confirm$/);
  const label = (await page.locator('label', { hasText: 'to confirm' }).innerText()).trim();
  await confirmation.fill(label.replace(/^Type /, '').replace(/ to confirm$/, ''));
  await page.getByLabel('It may have leaked').check();
  await page.getByLabel('More about it (optional)').fill('seen in a log');
  await button(page, 'Revoke key').click();
  await expect(page.locator('.banner').getByText(receipt('Key revoked'))).toBeVisible();
  await expect(page.getByText('Leaked: seen in a log').first()).toBeVisible();
  for (const text of [old, key]) await expectRefused(organization, text);
});
