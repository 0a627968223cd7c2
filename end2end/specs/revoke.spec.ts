import { expectAccepted, expectRefused } from '../api';
import { home } from '../demo';
import { expect, test } from '../fixtures';
import {
  button,
  createStoredKey,
  formWith,
  heading,
  keyPath,
  keysPath,
  liftLimits,
  link,
  post,
  problems,
  receipt,
  unique,
} from '../pages';

test('an unused key needs one press', async ({ page, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const name = unique('Unused');
  const { key } = await createStoredKey(page, organization.slug, name);

  await link(page, 'Revoke').click();
  await expect(page.getByLabel(`Type ${name} to confirm`)).toHaveCount(0);
  await link(page, 'Keep the key').click();
  await expect(heading(page, name)).toBeVisible();

  await link(page, 'Revoke').click();
  await button(page, 'Revoke key').click();
  await expect(page.locator('.banner').getByText(receipt('Key revoked'))).toBeVisible();
  await expectRefused(organization, key);
  // What is final cannot be taken back.
  await expect(button(page, 'Enable')).toHaveCount(0);
  await expect(link(page, 'Revoke')).toHaveCount(0);
});

test('a used key needs its name', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const name = unique('In use');
  const { key, id } = await createStoredKey(page, organization.slug, name);
  for (let call = 0; call < 3; call += 1) await expectAccepted(organization, key);

  const path = `${keyPath(organization.slug, id)}/revoke`;
  const confirmation = page.getByLabel(`Type ${name} to confirm`);
  await expect(async () => {
    await visit(page, path);
    await expect(confirmation).toBeVisible({ timeout: 500 });
  }).toPass();
  // Who comes here reads the warning first, however long the page is.
  await expect(page.getByText('This cannot be undone')).toBeInViewport();
  await expect(page.getByRole('main')).toContainText('24 h');
  await expect(page.getByRole('main')).toContainText('7 d');

  await confirmation.fill('something else');
  await liftLimits(formWith(page, 'Revoke key'));
  expect((await post(page, button(page, 'Revoke key'))).status()).toBe(422);
  await expect(problems(page)).toBeVisible();
  await expect(confirmation).toHaveValue('something else');
  await expectAccepted(organization, key);

  await confirmation.fill(name);
  await button(page, 'Revoke key').click();
  await expect(page.locator('.banner').getByText(receipt('Key revoked'))).toBeVisible();
  await expectRefused(organization, key);

  await visit(page, `${keysPath(organization.slug)}?status=revoked&q=${encodeURIComponent(name)}`);
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
});
