import { call, expectAccepted } from '../api';
import { newTenant } from '../database';
import { home } from '../demo';
import { expect, test } from '../fixtures';
import {
  addChannel,
  button,
  channelsPath,
  createStoredKey,
  heading,
  keyPath,
  link,
  teamPath,
  unique,
} from '../pages';

test('the keys of a channel work while it is active', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const name = unique('Tap');
  const channel = await addChannel(page, organization.slug, name);
  await expect(page.locator('.banner').getByText('Channel added')).toBeVisible();
  await page.reload();
  await expect(page.locator('.banner').getByText('Channel added')).toHaveCount(0);

  await link(page, 'Create key').click();
  await expect(page.getByLabel('Channel')).toHaveValue(channel);
  const { key } = await createStoredKey(page, organization.slug, unique('Tap key'), channel);
  await expectAccepted(organization, key);

  for (const status of ['SUSPENDED', 'ACTIVE', 'INACTIVE', 'ACTIVE']) {
    await visit(page, `${channelsPath(organization.slug)}/${channel}`);
    const choice = page.getByRole('radio', { name: new RegExp(`^${status}$`, 'i') });
    await choice.check();
    await button(page, 'Change status').click();
    await expect(heading(page, name)).toBeVisible();
    await expect(choice).toBeChecked();
    if (status === 'ACTIVE') {
      await expectAccepted(organization, key);
    } else {
      const answer = await call(organization, key);
      expect([401, 403]).toContain(answer.status);
      expect(JSON.parse(answer.body)).toHaveProperty('detail');
    }
  }
});

test('a channel regenerates the key that belongs to it', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const channel = await addChannel(page, organization.slug, unique('Owner'));
  const { id } = await createStoredKey(page, organization.slug, unique('Owned'), channel);
  await visit(page, `${channelsPath(organization.slug)}/${channel}`);
  await link(page, /^Regenerate API key/).click();
  await expect(page).toHaveURL(new RegExp(`${keyPath(organization.slug, id)}/regenerate$`));
});

test('a channel acts as somebody, and stops when they go', async ({ page, visit, signInAs }) => {
  const { slug, admin, owner } = newTenant();
  await signInAs(page, owner);
  const name = unique('Desk');
  const channel = await addChannel(page, slug, name);
  await page.getByLabel('Acting user').selectOption({ label: `Admin of ${slug} (${admin.email})` });
  await button(page, 'Change acting user').click();
  await expect(page.locator('.banner').getByText('Acting user changed')).toBeVisible();
  await expect(page.getByRole('definition').filter({ hasText: `Admin of ${slug}` })).toBeVisible();

  await visit(page, teamPath(slug));
  await link(page, `Admin of ${slug}`).click();
  await link(page, 'Remove').click();
  await expect(page.getByText('A channel is switched off')).toBeVisible();
  await expect(link(page, name)).toBeVisible();
  await button(page, 'Remove member').click();
  await visit(page, `${channelsPath(slug)}/${channel}`);
  await expect(page.getByRole('radio', { name: /^INACTIVE$/i })).toBeChecked();
  await expect(page.getByText('status: ACTIVE → INACTIVE')).toBeVisible();
});
