import { home } from '../demo';
import { expect, test } from '../fixtures';
import { button, createStoredKey, disableKey, heading, keysPath, unique } from '../pages';

test('filters stand in the address', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  const list = keysPath(organization.slug);
  await signInAs(page, admin);
  const active = unique('Filter active');
  const disabled = unique('Filter disabled');
  await createStoredKey(page, organization.slug, active);
  await createStoredKey(page, organization.slug, disabled);
  await disableKey(page);

  const text = page.locator('[name=q]');
  const status = page.locator('[name=status]');
  const row = (name: string) => page.getByRole('link', { name, exact: true });

  await visit(page, list);
  await text.fill(active.toUpperCase());
  await button(page, 'Filter').click();
  await expect(page).toHaveURL(/[?&]q=FILTER/);
  await expect(row(active)).toBeVisible();
  await expect(row(disabled)).toHaveCount(0);

  await text.fill('Filter ');
  await status.selectOption('disabled');
  await button(page, 'Filter').click();
  await expect(page).toHaveURL(/[?&]status=disabled/);
  await expect(row(disabled)).toBeVisible();
  await expect(row(active)).toHaveCount(0);

  // The browser may put back what was typed into the fields; the rows are those of the address.
  await page.goBack();
  await expect(page).toHaveURL(/[?&]q=FILTER/);
  await expect(row(active)).toBeVisible();
  await expect(row(disabled)).toHaveCount(0);
  await page.goForward();
  await expect(row(disabled)).toBeVisible();
  await page.goBack();
  await page.reload();
  await expect(text).toHaveValue(active.toUpperCase());
  await expect(row(active)).toBeVisible();

  await visit(page, `${list}?q=${encodeURIComponent('%_\' no such "key"')}`);
  await expect(heading(page, 'API keys')).toBeVisible();
  await expect(row(active)).toHaveCount(0);
  await expect(text).toHaveValue('%_\' no such "key"');

  expect((await visit(page, `${list}?status=nonsense`)).status()).toBeLessThan(500);
});
