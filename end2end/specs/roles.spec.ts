import { home } from '../demo';
import { expect, test } from '../fixtures';
import {
  addChannel,
  channelsPath,
  createStoredKey,
  heading,
  keyPath,
  keysPath,
  postValues,
  unique,
} from '../pages';

test('a viewer is told which role a change needs', async ({
  page,
  browser,
  visit,
  watch,
  signIn,
  signInAs,
  baseURL,
  javaScriptEnabled,
}) => {
  const { organization, admin } = home();
  const { slug } = organization;
  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled });
  watch(elsewhere);
  const there = await elsewhere.newPage();
  await signInAs(there, admin);
  const channel = await addChannel(there, slug, unique('Look'));
  const name = unique('Look at');
  const { id } = await createStoredKey(there, slug, name, channel);
  await elsewhere.close();

  await signIn(page, 'viewer', slug);
  const forbidden = [
    `${channelsPath(slug)}/new`,
    `${keysPath(slug)}/new`,
    `${keyPath(slug, id)}/regenerate`,
    `${keyPath(slug, id)}/revoke`,
  ];
  for (const path of forbidden) {
    await test.step(path, async () => {
      expect((await visit(page, path)).status()).toBe(403);
      await expect(heading(page, 'You cannot do this')).toBeVisible();
      await expect(page.getByRole('main')).toContainText(/needs the role (owner|admin|developer)/);
      const answer = await postValues(page, path, { name: 'Mine', confirmation: name });
      expect(answer.status()).toBe(403);
    });
  }
  expect((await postValues(page, `${keyPath(slug, id)}/disable`, {})).status()).toBe(403);

  for (const path of [`/${slug}`, channelsPath(slug), keysPath(slug), keyPath(slug, id)]) {
    expect((await visit(page, path)).status(), `a viewer may see ${path}`).toBe(200);
  }
});
