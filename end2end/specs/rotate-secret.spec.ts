// A pair gets a new secret; its key stays.
import { account, demo } from '../demo';
import { expect, test } from '../fixtures';
import { button, createStoredKey, heading, link, post, unique } from '../pages';

test('a pair gets a new secret, which is shown once', async ({ page, signInAs }) => {
  const pairs = demo().organizations.find(({ profile }) => profile === 'delivr');
  if (!pairs) throw new Error('the demo data lacks delivr');
  await signInAs(page, account('admin', pairs.slug));
  const { key } = await createStoredKey(page, pairs.slug, unique('Pair'));
  await link(page, 'New secret').click();
  await expect(page.getByText('The old secret stops working at once')).toBeVisible();
  const answer = await post(page, button(page, 'Make a new secret'));
  expect(answer.headers()['cache-control']).toContain('no-store');
  await expect(heading(page, 'Copy your API secret')).toBeVisible();
  const secret = (await page.getByTestId('revealed-secret').innerText()).trim();
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(await page.content()).not.toContain(key);

  await page.reload();
  await expect(heading(page, 'This key was already shown')).toBeVisible();
  expect(await page.content()).not.toContain(secret);
});
