import { runSnippet } from '../api';
import { home } from '../demo';
import { expect, expectAlive, test } from '../fixtures';
import { createKey, printedCommand, revealedKey, unique } from '../pages';

test('the page notices the first request by itself', async ({ page, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const key = await createKey(page, organization.slug, unique('Waiting'));
  await expectAlive(page);
  const line = page.getByTestId('first-use');
  await expect(line).toContainText('Waiting for the first request');

  expect(await runSnippet(await printedCommand(page))).toMatchObject({ status: 200 });
  await expect(line).toContainText('First request received');
  // It is still the same page.
  expect(await revealedKey(page)).toBe(key);
});
