// A key is refused for a while, to see who notices, and works again by itself.
import { call, expectAccepted, expectRefused } from '../api';
import { home } from '../demo';
import { expect, test, type Page } from '../fixtures';
import { button, createStoredKey, heading, keyPath, link, problems, receipt, unique } from '../pages';

function card(page: Page) {
  return page
    .locator('section.card')
    .filter({ has: page.getByRole('heading', { name: 'Scream test', level: 2 }) });
}

for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts });

    test('a test lists who fails, and ends when that is enough', async ({ page, signInAs }) => {
      const { organization, admin } = home();
      await signInAs(page, admin);
      const name = unique('Needed');
      const { key, id } = await createStoredKey(page, organization.slug, name);
      await expectAccepted(organization, key);

      await link(page, 'Begin a test').click();
      await expect(heading(page, `Scream test of ${name}`)).toBeVisible();
      await expect(page.getByRole('heading', { name: 'What breaks' })).toBeVisible();
      await page.getByLabel('Another time', { exact: true }).check();
      await page.getByLabel('Minutes (for another time)').fill('1441');
      await button(page, 'Begin the test').click();
      await expect(problems(page)).toContainText('a whole number of minutes from 1 to 1440');
      await expect(page.getByLabel('Another time', { exact: true })).toBeChecked();
      await page.getByLabel('Minutes (for another time)').fill('90');
      await button(page, 'Begin the test').click();

      await expect(page.locator('.banner').getByText(receipt('Test begun'))).toBeVisible();
      await expect(page.locator('.banner').getByText(/works again in \d+ (min|h)$/)).toBeVisible();
      await expect(card(page)).toContainText('Nobody has called with the key since.');
      await expect(page.getByText('Disabled for a test', { exact: true })).toBeVisible();
      for (let calls = 0; calls < 3; calls += 1) await call(organization, key);
      await expect(async () => {
        await link(page, 'Look again').click();
        await expect(card(page)).toContainText('3 calls were refused for it', { timeout: 500 });
      }).toPass();
      await expect(card(page).getByRole('table', { name: 'Who failed' })).toBeVisible();

      await button(page, 'End it now').click();
      await expect(page.locator('.banner').getByText('The test is over')).toBeVisible();
      await expectAccepted(organization, key);
      await expect(card(page)).toContainText('3 calls were refused for it');
      await expect(button(page, 'End it now')).toHaveCount(0);

      await page.goto(keyPath(organization.slug, id));
      await expect(page.getByText('Key scream test begun')).toBeVisible();
      await expect(page.getByText('Key scream test ended')).toBeVisible();
    });
  });
}

test('a key that nobody misses is revoked from its test', async ({ page, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const { key } = await createStoredKey(page, organization.slug, unique('Forgotten'));
  await link(page, 'Begin a test').click();
  await button(page, 'Begin the test').click();
  await expect(card(page)).toContainText('for 5 minutes');
  await link(page, 'Make it permanent').click();
  await button(page, 'Revoke key').click();
  await expect(page.locator('.banner').getByText(receipt('Key revoked'))).toBeVisible();
  await expectRefused(organization, key);
  await expect(button(page, 'End it now')).toHaveCount(0);
});
