// From a new key to a program that calls the API.
import { runSnippet } from '../api';
import { home } from '../demo';
import { expect, expectAlive, test } from '../fixtures';
import { createKey, heading, unique } from '../pages';

const reading = 'program-read';

test('the quick start has the organization’s own values and programs that work', async ({
  page,
  signInAs,
  javaScriptEnabled,
}) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const key = await createKey(page, organization.slug, unique('Quick start'));

  await test.step('it opens beside the key, which stays where it is', async () => {
    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'quick start (opens a new tab)' }).click();
    const beside = await opened;
    await expect(heading(beside, 'Quick start')).toBeVisible();
    await beside.close();
    await expect(page.getByTestId('revealed-key')).toBeVisible();
  });

  const start = await page.context().newPage();
  await start.goto(`/${organization.slug}`);
  await start
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: 'Quick start' })
    .click();
  await expect(heading(start, 'Quick start')).toBeVisible();
  if (javaScriptEnabled !== false) await expectAlive(start);
  await expect(start.getByRole('main')).toContainText(organization.base_url);
  await expect(start.getByRole('main')).not.toContainText(key);

  await test.step('the command works with the key in the environment', async () => {
    const command = await start.getByTestId(reading).locator('code').innerText();
    const answer = await runSnippet(`export API_KEY='${key}'\n${command}`);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toHaveProperty('data');
  });

  await test.step('each language has an address of its own', async () => {
    for (const [language, sign] of [
      ['Python', 'urllib.request'],
      ['JavaScript', 'process.env'],
      ['Rust', 'ureq::get'],
    ] as const) {
      const tabs = start.getByRole('navigation', { name: 'Language' });
      await tabs.getByRole('link', { name: language }).click();
      await expect(tabs.getByRole('link', { name: language })).toHaveAttribute('aria-current', 'page');
      await expect(start.getByTestId(reading).locator('code')).toContainText(sign);
    }
    expect(new URL(start.url()).searchParams.get('language')).toBe('rust');
  });
  await start.close();
});
