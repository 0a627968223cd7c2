import { expectAccepted, expectRefused } from '../api';
import { home } from '../demo';
import { expect, test } from '../fixtures';
import { chartTotals, createStoredKey, disableKey, keyPath, sum, unique } from '../pages';

test('the range is in the address', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const { id } = await createStoredKey(page, organization.slug, unique('Ranges'));
  const ranges = page.getByRole('navigation', { name: 'Range' });
  for (const [label, value] of [
    ['1 h', '1h'],
    ['24 h', '24h'],
    ['7 d', '7d'],
    ['30 d', '30d'],
  ] as const) {
    await ranges.getByRole('link', { name: label, exact: true }).click();
    await expect(page).toHaveURL(new RegExp(`[?&]range=${value}`));
    const current = ranges.locator('[aria-current]');
    await expect(current).toHaveText(label);
    await expect(page.locator('figure').first()).toBeVisible();
  }
  await page.goBack();
  await expect(ranges.locator('[aria-current]')).toHaveText('7 d');
  const odd = await visit(page, `${keyPath(organization.slug, id)}?range=1000y`);
  expect(odd.status()).toBeLessThan(500);
});

test('the chart, its table and its sentence agree', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const { id, key } = await createStoredKey(page, organization.slug, unique('Counted'));
  for (let call = 0; call < 3; call += 1) await expectAccepted(organization, key);
  await disableKey(page);
  for (let call = 0; call < 2; call += 1) await expectRefused(organization, key);

  for (const range of ['1h', '24h', '7d', '30d']) {
    await test.step(range, async () => {
      await visit(page, `${keyPath(organization.slug, id)}?range=${range}`);
      const figure = page.getByRole('main').locator('figure').first();
      await expect(async () => {
        await page.reload();
        expect(sum(await chartTotals(figure))).toBe(5);
      }).toPass({ timeout: 10_000 });
      const totals = Object.values(await chartTotals(figure)).filter((total) => total > 0);
      expect(totals.sort()).toEqual([2, 3]);

      await figure.getByText('Show as table').click();
      await expect(figure.getByRole('table')).toBeVisible();
      // A bar for each count that is not zero, as high as the count says.
      const counts = (await figure.locator('details tbody td').allInnerTexts())
        .map(Number)
        .filter((count) => count > 0);
      const heights = await figure
        .locator('.chart__plot rect')
        .evaluateAll((bars) => bars.map((bar) => parseFloat(bar.getAttribute('height') ?? '')));
      expect(heights).toHaveLength(counts.length);
      const unit = (heights[0] as number) / (counts[0] as number);
      heights.forEach((height, at) => expect(height / unit).toBeCloseTo(counts[at] as number, 1));
      await expect(figure.locator('figcaption').first()).toContainText('5');
    });
  }
});
