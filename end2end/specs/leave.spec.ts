import { home } from '../demo';
import { expect, expectAlive, test } from '../fixtures';
import { createKey, finishReveal, keysPath, unique } from '../pages';

test('leaving the page before storing the key asks first', async ({ page, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const asked: string[] = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.accept();
  });

  await createKey(page, organization.slug, unique('Leave'));
  await expectAlive(page);
  // The browser only asks on pages that somebody has touched.
  await page.getByTestId('revealed-key').click();
  await page.goto(keysPath(organization.slug));
  expect(asked).toEqual(['beforeunload']);

  await createKey(page, organization.slug, unique('Stay'));
  await expectAlive(page);
  await finishReveal(page);
  expect(asked, 'storing it does not ask').toHaveLength(1);
});
