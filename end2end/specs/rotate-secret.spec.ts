// A pair gets a new secret, and for a while may do without one; its key stays.
import { forgetProof } from '../database';
import { account, demo, type Member } from '../demo';
import { expect, test } from '../fixtures';
import { button, createStoredKey, heading, link, post, unique } from '../pages';

function pairsAdmin(): Member {
  const pairs = demo().organizations.find(({ profile }) => profile === 'delivr');
  if (!pairs) throw new Error('the demo data lacks delivr');
  return account('admin', pairs.slug);
}

/** Whether the key is good without its secret. */
async function goodAlone(key: string): Promise<boolean> {
  const answer = await fetch(`${demo().internal}/verify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  });
  return ((await answer.json()) as { valid: boolean }).valid;
}

test('a pair gets a new secret, which is shown once', async ({ page, signInAs }) => {
  const admin = pairsAdmin();
  await signInAs(page, admin);
  const { key } = await createStoredKey(page, admin.organization, unique('Pair'));
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

test('a secret is required until somebody says otherwise, with their password', async ({ page, signInAs }) => {
  const admin = pairsAdmin();
  await signInAs(page, admin);
  const { key } = await createStoredKey(page, admin.organization, unique('Pair'));
  expect(await goodAlone(key)).toBe(false);
  forgetProof(admin.email);
  await link(page, 'Stop requiring it').click();
  await expect(heading(page, 'Confirm that it is you')).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(admin.password);
  await button(page, 'Continue').click();
  await expect(page.getByText('Whoever has the key alone is let in')).toBeVisible();
  await button(page, 'Accept calls without the secret').click();
  await expect(page.locator('.banner').getByText('The secret is not required')).toBeVisible();
  await expect(page.getByText('Key secret waived')).toBeVisible();
  expect(await goodAlone(key)).toBe(true);

  await button(page, 'Require it').click();
  await expect(page.locator('.banner').getByText('The secret is required')).toBeVisible();
  expect(await goodAlone(key)).toBe(false);
});
