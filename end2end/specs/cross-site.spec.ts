// Cookies go along with forms of any site: those of others are refused.
import { home } from '../demo';
import { expect, test } from '../fixtures';
import { countKeys, formValues, formWith, keysPath, openCreateKey, unique } from '../pages';

test('a form of another site does nothing', async ({ page, signInAs, baseURL }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const name = unique('Forged');
  await openCreateKey(page, organization.slug, name);
  const values = await formValues(formWith(page, 'Create key'));

  for (const headers of [
    { origin: 'https://example.invalid', 'sec-fetch-site': 'cross-site' },
    { origin: 'https://example.invalid' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-site' },
    {},
  ]) {
    const answer = await page.request.post(`${baseURL}${keysPath(organization.slug)}/new`, {
      form: values,
      headers: headers as Record<string, string>,
      maxRedirects: 0,
    });
    expect(answer.status(), JSON.stringify(headers)).toBe(403);
  }
  expect(await countKeys(page, organization.slug, name)).toBe(0);
});
