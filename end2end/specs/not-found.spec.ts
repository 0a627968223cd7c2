import { home } from '../demo';
import { expect, test } from '../fixtures';
import { channelsPath, heading, keyPath } from '../pages';

const nobody = '00000000-0000-7000-8000-000000000000';

test('what does not exist says so', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  for (const path of [
    '/no-such-organization',
    '/no-such-organization/channels',
    `/${organization.slug}/no-such-page`,
    `${channelsPath(organization.slug)}/${nobody}`,
    `${channelsPath(organization.slug)}/not-an-id`,
    keyPath(organization.slug, nobody),
    `${keyPath(organization.slug, nobody)}/no/such/page`,
  ]) {
    await test.step(path, async () => {
      expect((await visit(page, path)).status()).toBe(404);
      await expect(heading(page, 'Page not found')).toBeVisible();
    });
  }
});

test('a slash at the end does not matter', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  expect((await visit(page, `${channelsPath(organization.slug)}/`)).status()).toBe(200);
  await expect(heading(page, 'Channels')).toBeVisible();
});

test('without a session every page asks to sign in', async ({ page, visit }) => {
  const { organization } = home();
  for (const path of [
    '/',
    `/${organization.slug}`,
    channelsPath(organization.slug),
    keyPath(organization.slug, nobody),
    '/no-such-organization',
  ]) {
    await visit(page, path);
    await expect(heading(page, 'Sign in')).toBeVisible();
    await expect(page).toHaveURL(/\/login/);
  }
});
