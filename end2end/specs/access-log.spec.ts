import { execFileSync } from 'node:child_process';
import { expectAccepted } from '../api';
import { home } from '../demo';
import { expect, test, type Page } from '../fixtures';
import { button, createStoredKey, disableKey, keyPath, unique } from '../pages';

/** Calls the API and gives the id that the answer carries. */
function requestId(url: string, key: string, agent: string): string {
  const head = execFileSync(
    'curl',
    ['-sS', '-o', '/dev/null', '-D', '-', '-A', agent, '-H', `x-api-key: ${key}`, url],
    { encoding: 'utf8', env: { ...process.env, no_proxy: '*' } },
  );
  return /^x-request-id: (\S+)\s*$/im.exec(head)?.[1] ?? '';
}

/** The log is written a moment after the answer. */
async function lookUp(page: Page, slug: string, id: string): Promise<void> {
  await expect(async () => {
    await page.goto(`/${slug}/access-log`);
    await page.getByLabel('Why was it refused? Request id').fill(id);
    await button(page, 'Look up').click();
    await expect(page).toHaveURL(new RegExp(`/access-log/${id}$`));
    await expect(page.getByText('User agent')).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 10_000 });
}

for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts });

    test('a refused call is explained to the owner of the key', async ({ page, signInAs }) => {
      const { organization, admin } = home();
      await signInAs(page, admin);
      const { id, key } = await createStoredKey(page, organization.slug, unique('Explained'));
      await expectAccepted(organization, key);
      await disableKey(page);
      const request = requestId(`${organization.base_url}/patients`, key, 'intake/1.0');
      expect(request).not.toBe('');
      await lookUp(page, organization.slug, request);
      await expect(page.getByText('Refused: Key disabled')).toBeVisible();
      await expect(page.getByText('Enable it there')).toBeVisible();
      await expect(page.getByText('intake/1.0')).toBeVisible();

      // The list, narrowed to this key's refusals.
      await page.goto(`/${organization.slug}/access-log?key=${id}&ended=refused`);
      await expect(page.getByRole('table').locator('tbody tr')).toHaveCount(1);
      await page.getByLabel('Result').selectOption('Accepted');
      await button(page, 'Filter').click();
      await expect(page).toHaveURL(/ended=accepted/);
      await expect(page.getByRole('table').locator('tbody tr')).toHaveCount(1);

      // Whoever would stop the key sees who calls with it.
      await page.goto(`${keyPath(organization.slug, id)}/revoke`);
      await expect(page.getByText('intake/1.0')).toBeVisible();
    });
  });
}

test('an id that nobody knows is said to be unknown', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  await visit(page, `/${organization.slug}/access-log?request=nonsense`);
  await expect(page.getByText('This is no request id')).toBeVisible();
  const path = `/${organization.slug}/access-log/0190f3a2-7b1c-7000-8000-000000000000`;
  expect((await visit(page, path)).status()).toBe(404);
  await expect(page.getByText('This call is not in the log')).toBeVisible();
});
