import { expectAccepted, expectRefused } from '../api';
import { home } from '../demo';
import { expect, test } from '../fixtures';
import { button, createStoredKey, disableKey, heading, keysPath, link, unique } from '../pages';

test('a disabled key is refused until it is enabled', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const name = unique('Pause');
  const { key } = await createStoredKey(page, organization.slug, name);
  await expectAccepted(organization, key);

  await disableKey(page);
  await expectRefused(organization, key);

  await visit(page, `${keysPath(organization.slug)}?status=disabled&q=${encodeURIComponent(name)}`);
  await page.getByRole('link', { name, exact: true }).click();
  await expect(heading(page, name)).toBeVisible();

  await button(page, 'Enable').click();
  await expect(link(page, 'Disable')).toBeVisible();
  await expectAccepted(organization, key);
});
