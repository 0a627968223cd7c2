import { newTenant } from '../database';
import { expect, fillSignIn, test, type Page } from '../fixtures';
import { heading, postValues } from '../pages';

/** Guesses, as fast as it may, until the next try has to wait for this many seconds. */
async function guessUntil(page: Page, email: string, seconds: number): Promise<number> {
  let failures = 0;
  for (;;) {
    const answer = await postValues(page, '/login', { email, password: 'a wrong guess' });
    if (answer.status() === 422) {
      failures += 1;
      continue;
    }
    expect(answer.status()).toBe(429);
    const wait = Number(answer.headers()['retry-after']);
    if (wait >= seconds) return failures;
    // It is time itself that is waited for.
    await page.waitForTimeout(wait * 1000);
  }
}

test('guessing is slowed, and the right password works after the wait', async ({ page, visit }) => {
  // Forty passwords are hashed, and waits are waited for.
  test.setTimeout(300_000);
  const { slug, owner } = newTenant();
  await visit(page, `/login?next=/${slug}`);
  // Whether or not the address has an account.
  expect(await guessUntil(page, `nobody@${slug}.example`, 1)).toBeGreaterThanOrEqual(20);
  expect(await guessUntil(page, owner.email, 8)).toBeGreaterThanOrEqual(20);

  await fillSignIn(page, owner.email, owner.password);
  await expect(heading(page, 'Too many attempts')).toBeVisible();
  await expect(page.getByRole('main')).toContainText(/try again in \d+ seconds?\./);
  // Each try that comes too early says how long to wait; how often that is so depends on the machine.
  for (let tries = 0; tries < 8 && !page.url().endsWith(`/${slug}`); tries += 1) {
    const text = await page.getByRole('main').innerText();
    const seconds = Number(/try again in (\d+) seconds?/.exec(text)?.[1] ?? 1);
    await page.waitForTimeout((seconds + 1) * 1000);
    await page.goto(`/login?next=/${slug}`);
    await fillSignIn(page, owner.email, owner.password);
    await page.waitForLoadState();
  }
  await expect(heading(page, 'Overview')).toBeVisible();
});
