import { home } from '../demo';
import { expect, test } from '../fixtures';
import { button, chartTotals, sum } from '../pages';

test('the page, its table and its files say the same', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  for (const query of ['range=30d', 'range=90d', 'range=24h', 'range=custom&from=2020-01-01&to=2020-01-03']) {
    await test.step(query, async () => {
      // Others call meanwhile, and a period ends now: all three have to be read within one second.
      await expect(async () => {
        await visit(page, `/${organization.slug}/usage?${query}`);
        const figure = page.getByRole('main').locator('figure').first();
        const shown = sum(await chartTotals(figure));
        const csv = await page.request.get(`/${organization.slug}/usage.csv?${query}`);
        const lines = (await csv.text()).trim().split('\r\n').slice(1);
        const counted = lines.map((line) => line.split(',').slice(2).map(Number));
        expect(counted.flat().reduce((all, count) => all + count, 0)).toBe(shown);
        const json = await (await page.request.get(`/${organization.slug}/usage.json?${query}`)).json();
        expect(json.sums.requests).toBe(shown);
      }).toPass({ timeout: 10_000 });
    });
  }
});

test('a period of one’s own is in the address, and a wrong one is said', async ({
  page,
  visit,
  signInAs,
}) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  await visit(page, `/${organization.slug}/usage`);
  await page.getByLabel('Period').selectOption('Custom dates');
  await page.getByLabel('From').fill('2026-03-02');
  await page.getByLabel('To').fill('2026-03-01');
  await button(page, 'Show').click();
  await expect(page).toHaveURL(/range=custom&from=2026-03-02&to=2026-03-01/);
  await expect(page.getByText('This is before the first day')).toBeVisible();
  await page.getByLabel('By').selectOption('Channel');
  await page.getByLabel('To').fill('2026-03-04');
  await button(page, 'Show').click();
  await expect(page).toHaveURL(/by=channel/);
  await expect(page.getByText('This is before the first day')).toBeHidden();
});
