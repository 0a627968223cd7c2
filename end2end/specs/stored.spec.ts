import { home } from '../demo';
import { expect, test } from '../fixtures';
import { button, createKey, formWith, heading, keysPath, liftLimits, post, unique } from '../pages';

test('the key must be stored before going on', async ({ page, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const name = unique('Keep');
  const key = await createKey(page, organization.slug, name);

  await test.step('the browser insists, and the key stays', async () => {
    await button(page, 'Done').click();
    await expect(page.getByTestId('revealed-key')).toHaveText(key);
    await expect(heading(page, 'Copy your API key')).toBeVisible();
  });

  await test.step('so does the server, which no longer has the key', async () => {
    await liftLimits(formWith(page, 'Done'));
    const answer = await post(page, button(page, 'Done'));
    expect(answer.status()).toBe(422);
    expect(await page.content()).not.toContain(key);
    await page.goto(`${keysPath(organization.slug)}?q=${encodeURIComponent(name)}`);
    await page.getByRole('link', { name, exact: true }).click();
    await expect(heading(page, name)).toBeVisible();
  });
});
