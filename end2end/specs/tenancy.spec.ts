// Another tenant's things do not exist.
import { home, neighbour } from '../demo';
import { expect, test } from '../fixtures';
import {
  addChannel,
  channelsPath,
  countKeys,
  createStoredKey,
  heading,
  keyPath,
  keysPath,
  postValues,
  unique,
} from '../pages';

test("another organization's pages and ids are not found", async ({
  page,
  browser,
  visit,
  watch,
  signInAs,
  baseURL,
  javaScriptEnabled,
}) => {
  const { admin: insider } = home();
  const outsider = neighbour();
  const theirs = insider.organization;
  const own = outsider.organization;
  const name = unique('Theirs');

  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled });
  watch(elsewhere);
  const there = await elsewhere.newPage();
  await signInAs(there, insider);
  const channel = await addChannel(there, theirs, unique('Their channel'));
  const { id } = await createStoredKey(there, theirs, name, channel);

  await signInAs(page, outsider);
  const paths = [theirs, own].flatMap((slug) => [
    ...(slug === theirs ? [`/${slug}`, channelsPath(slug), `${channelsPath(slug)}/new`] : []),
    ...(slug === theirs ? [keysPath(slug), `${keysPath(slug)}/new`] : []),
    `${channelsPath(slug)}/${channel}`,
    keyPath(slug, id),
    `${keyPath(slug, id)}/regenerate`,
    `${keyPath(slug, id)}/revoke`,
  ]);
  for (const path of paths) {
    await test.step(path, async () => {
      const answer = await visit(page, path);
      expect(answer.status()).toBe(404);
      await expect(heading(page, 'Page not found')).toBeVisible();
      await expect(page.getByText(name)).toHaveCount(0);
    });
  }

  await test.step('nor can they be changed', async () => {
    for (const slug of [theirs, own]) {
      for (const action of ['regenerate', 'revoke', 'disable', 'stored']) {
        const answer = await postValues(page, `${keyPath(slug, id)}/${action}`, { stored: 'true' });
        expect(answer.status(), action).toBeGreaterThanOrEqual(400);
        expect(answer.status(), action).toBeLessThan(500);
      }
    }
    await there.goto(`${keysPath(theirs)}?status=active&q=${encodeURIComponent(name)}`);
    await expect(there.getByRole('link', { name, exact: true })).toBeVisible();
    expect(await countKeys(there, theirs, name)).toBe(1);
  });

  await test.step('nor chosen', async () => {
    await page.goto(`${keysPath(own)}/new?channel=${channel}`);
    await expect(page.locator(`option[value="${channel}"]`)).toHaveCount(0);
  });
  await elsewhere.close();
});
