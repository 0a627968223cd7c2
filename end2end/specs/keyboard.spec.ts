import { expectAccepted } from '../api';
import { home } from '../demo';
import { expect, test, type Locator, type Page } from '../fixtures';
import { heading, link, revealedKey, unique } from '../pages';

/** Presses Tab until this has the focus; each stop on the way must show that it has it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const shown = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return true;
      const style = getComputedStyle(focused);
      return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    });
    expect(shown, 'the focus can be seen').toBe(true);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab does not lead to ${target}`);
}

test('a key without the mouse', async ({ page, visit }) => {
  const { organization, admin } = home();
  await visit(page, '/login');
  await page.getByLabel('E-mail').focus();
  await page.keyboard.type(admin.email);
  await tabTo(page, page.getByLabel('Password', { exact: true }));
  await page.keyboard.type(admin.password);
  await page.keyboard.press('Enter');

  await page.waitForURL((url) => url.pathname !== '/login');
  await visit(page, `/${organization.slug}`);
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.locator('#content')).toBeFocused();

  const navigation = page.getByRole('navigation', { name: 'Main' });
  await visit(page, `/${organization.slug}`);
  await tabTo(page, navigation.getByRole('link', { name: 'Channels' }));
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Channels')).toBeVisible();
  await tabTo(page, link(page, 'Add channel'));
  await page.keyboard.press('Enter');

  await expect(heading(page, 'Add channel')).toBeVisible();
  const name = page.getByLabel('Name', { exact: true });
  if (!(await name.evaluate((field) => field === document.activeElement))) await tabTo(page, name);
  await page.keyboard.type(unique('By hand'));
  await page.keyboard.press('Enter');

  const key = await revealedKey(page);
  await expectAccepted(organization, key);
  await tabTo(page, page.getByLabel('I have stored it'));
  await page.keyboard.press('Space');
  await tabTo(page, page.getByRole('button', { name: 'Done' }));
  await page.keyboard.press('Enter');
  await expect(heading(page, 'Copy your API key')).toBeHidden();
  await expect(page.getByTestId('revealed-key')).toHaveCount(0);
});
