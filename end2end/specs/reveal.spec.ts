// A key is shown once, and one press makes one key.
import { expectAccepted } from '../api';
import { home, type Organization } from '../demo';
import { expect, expectAlive, test, type Page } from '../fixtures';
import {
  button,
  countKeys,
  createKey,
  createStoredKey,
  finishReveal,
  formValues,
  formWith,
  heading,
  keyPath,
  keysPath,
  link,
  openCreateKey,
  post,
  postValues,
  revealedKey,
  unique,
} from '../pages';

const shownBefore = 'This key was already shown';

async function expectNotShown(page: Page, key: string): Promise<void> {
  await expect(page.getByTestId('revealed-key')).toHaveCount(0);
  expect(await page.content()).not.toContain(key);
}

/** Goes back; the browser may refuse to show again what it was told not to store. */
async function goBack(page: Page): Promise<void> {
  const wasShown = await page.goBack().then(
    () => true,
    () => false,
  );
  // Its page that says so comes a moment later, and would come between whatever is done next.
  if (!wasShown) await page.waitForURL('chrome-error://chromewebdata/');
}

let organization: Organization;

test.beforeEach(async ({ page, signInAs }) => {
  const { organization: own, admin } = home();
  organization = own;
  await signInAs(page, admin);
});

test('reloading the page neither shows the key again nor makes another', async ({ page }) => {
  const name = unique('Reload');
  const key = await createKey(page, organization.slug, name);
  const answer = await page.reload();
  expect(answer?.request().method()).toBe('POST');
  expect(answer?.headers()['cache-control']).toContain('no-store');
  await expect(heading(page, shownBefore)).toBeVisible();
  await expectNotShown(page, key);

  await expect(link(page, /regenerate/i)).toBeVisible();
  expect(await countKeys(page, organization.slug, name)).toBe(1);
  await expectAccepted(organization, key);
});

test('going back neither shows the key again nor makes another', async ({ page }) => {
  const name = unique('Back');
  const key = await createKey(page, organization.slug, name);
  await finishReveal(page);
  await goBack(page);
  await expectNotShown(page, key);
  await goBack(page);
  await expectNotShown(page, key);
  expect(await countKeys(page, organization.slug, name)).toBe(1);
});

test('the same form from two tabs at once makes one key, shown once', async ({ page }) => {
  const name = unique('Two tabs');
  await openCreateKey(page, organization.slug, name);
  const form = formWith(page, 'Create key');
  const values = await formValues(form);
  const path = (await form.getAttribute('action')) ?? `${keysPath(organization.slug)}/new`;

  const answers = await Promise.all([1, 2, 3].map(() => postValues(page, path, values)));
  const pages = await Promise.all(answers.map((answer) => answer.text()));
  for (const answer of answers) {
    expect(answer.status()).toBe(200);
    expect(answer.headers()['cache-control']).toContain('no-store');
  }
  expect(pages.filter((text) => /data-testid="?revealed-key/.test(text))).toHaveLength(1);
  expect(pages.filter((text) => text.includes(shownBefore))).toHaveLength(2);
  expect(await countKeys(page, organization.slug, name)).toBe(1);
});

test('a double click makes one key', async ({ page, javaScriptEnabled }) => {
  const name = unique('Double click');
  await openCreateKey(page, organization.slug, name);
  if (javaScriptEnabled !== false) await expectAlive(page);
  await button(page, 'Create key').dblclick();
  // Without scripts the browser may send both; the answer to the second shows no key.
  if (javaScriptEnabled !== false) await revealedKey(page);
  else await expect(heading(page, /^(Copy your API key|This key was already shown)$/)).toBeVisible();
  expect(await countKeys(page, organization.slug, name)).toBe(1);
});

test('regenerating shows the new key once', async ({ page }) => {
  const name = unique('Regenerate once');
  const { id } = await createStoredKey(page, organization.slug, name);
  await page.goto(`${keyPath(organization.slug, id)}/regenerate`);
  const answer = await post(page, button(page, 'Regenerate key'));
  expect(answer.headers()['cache-control']).toContain('no-store');
  const key = await revealedKey(page);
  await page.reload();
  await expect(heading(page, shownBefore)).toBeVisible();
  await expectNotShown(page, key);
  await expectAccepted(organization, key);
});

test('no later page holds the key', async ({ page }) => {
  const name = unique('Nowhere else');
  const { key, id } = await createStoredKey(page, organization.slug, name);
  for (const path of [
    keyPath(organization.slug, id),
    `${keyPath(organization.slug, id)}/regenerate`,
    `${keyPath(organization.slug, id)}/revoke`,
    `${keysPath(organization.slug)}?q=${encodeURIComponent(name)}`,
  ]) {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(200);
    expect(await answer?.text()).not.toContain(key);
    expect(page.url()).not.toContain(key);
  }
  const cookies = await page.context().cookies();
  expect(JSON.stringify(cookies)).not.toContain(key);
  // The list tells keys apart by their beginning and end.
  await expect(page.getByText(`…${key.slice(-4)}`)).toBeVisible();
});
