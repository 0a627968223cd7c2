import { home } from '../demo';
import { expect, expectAlive, test, type Locator, type Page } from '../fixtures';
import { createKey, printedCommand, unique } from '../pages';

/** The copy button that belongs to this text. */
function copyButton(page: Page, testId: string): Locator {
  const text = page.getByTestId(testId);
  return text
    .locator('xpath=ancestor-or-self::*[@data-copy-scope]')
    .or(text.locator('[data-copy-scope]'))
    .getByRole('button', { name: /^Copy/ });
}

/** Makes the browser refuse, as it does where a policy or the person forbids it. */
async function forbidClipboard(page: Page): Promise<void> {
  const tab = await page.context().newCDPSession(page);
  const { targetInfo } = await tab.send('Target.getTargetInfo');
  const browser = await page.context().browser()?.newBrowserCDPSession();
  await browser?.send('Browser.setPermission', {
    origin: new URL(page.url()).origin,
    browserContextId: targetInfo.browserContextId,
    permission: { name: 'clipboard-write', allowWithoutSanitization: false },
    setting: 'denied',
  });
}

test.beforeEach(async ({ page, signInAs }) => {
  await signInAs(page, home().admin);
});

test('copying says that it worked', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const key = await createKey(page, home().organization.slug, unique('Copy'));
  await expectAlive(page);
  await copyButton(page, 'revealed-key').click();
  await expect(page.getByText('Copied', { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);

  await copyButton(page, 'curl').click();
  const command = await printedCommand(page);
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(command);
});

test('a refused clipboard leaves the key selected', async ({ page }) => {
  await forbidClipboard(page);
  const key = await createKey(page, home().organization.slug, unique('No copy'));
  await expectAlive(page);
  await copyButton(page, 'revealed-key').click();
  await expect(page.getByText('Press Ctrl+C')).toBeVisible();
  expect(await page.evaluate(() => getSelection()?.toString().trim())).toBe(key);
});
