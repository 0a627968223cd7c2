import { home } from '../demo';
import { expect, test } from '../fixtures';
import { heading } from '../pages';

test('the theme is in the first byte of the page', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const path = `/${organization.slug}/channels`;
  await visit(page, path);
  const html = page.locator('html');
  await expect(html).not.toHaveAttribute('data-theme');

  const colours = new Map<string, string>();
  for (const theme of ['Dark', 'Light']) {
    const choice = page.getByRole('contentinfo').getByRole('button', { name: theme });
    await choice.click();
    await expect(choice).toHaveAttribute('aria-pressed', 'true');
    await expect(heading(page, 'Channels')).toBeVisible();
    expect(new URL(page.url()).pathname).toBe(path);

    const answer = await page.reload();
    const source = (await answer?.text()) ?? '';
    expect(source).toMatch(new RegExp(`<html[^>]* data-theme="${theme.toLowerCase()}"`));
    colours.set(theme, await page.evaluate(() => getComputedStyle(document.body).color));
  }
  expect(colours.get('Dark')).not.toBe(colours.get('Light'));
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'latchkey_theme');
  expect(cookie?.value).toBe('light');

  await page.getByRole('contentinfo').getByRole('button', { name: 'System' }).click();
  await expect(html).not.toHaveAttribute('data-theme');
});

test('choosing a theme leads to no other site', async ({ page, visit }) => {
  await visit(page, '/login');
  await page
    .locator('form[action="/theme"] [name=return_to]')
    .evaluate((field) => ((field as HTMLInputElement).value = '//example.invalid/'));
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(heading(page, 'Sign in')).toBeVisible();
});
