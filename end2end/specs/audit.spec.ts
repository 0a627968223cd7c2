// What was changed stands in the audit log, for those who may see it.
import { home, neighbour } from '../demo';
import { expect, test, type Page } from '../fixtures';
import {
  addChannel,
  button,
  createStoredKey,
  disableKey,
  heading,
  keyPath,
  link,
  unique,
} from '../pages';

const logPath = (slug: string) => `/${slug}/settings/audit-log`;

/** The lines of the log, as text. */
function lines(page: Page, text: string | RegExp) {
  return page.locator('tbody tr').filter({ hasText: text });
}

test('a change stands in the log, and on the page of what was changed', async ({
  page,
  visit,
  signInAs,
}) => {
  const { organization, admin } = home();
  const slug = organization.slug;
  await signInAs(page, admin);
  const name = unique('Audited');
  const { key, id } = await createStoredKey(page, slug, name);
  await disableKey(page);

  await test.step('on its own page', async () => {
    await visit(page, keyPath(slug, id));
    await expect(page.getByRole('heading', { level: 2, name: 'History' })).toBeVisible();
    await expect(lines(page, 'Key disabled')).toContainText('ACTIVE → DISABLED');
    await expect(lines(page, 'Key created')).toBeVisible();
    await link(page, 'All events in the audit log').click();
    await expect(heading(page, 'Audit log')).toBeVisible();
    await expect(page).toHaveURL(new RegExp(`target=${id}`));
    await expect(page.locator('tbody tr')).toHaveCount(3);
  });

  await test.step('in the whole log, by the navigation', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByText('Audit log').click();
    await expect(heading(page, 'Audit log')).toBeVisible();
    await expect(page.getByText(/Chain verified (from #[\d,]+ )?up to #[\d,]+/)).toBeVisible();
    await expect(page.locator('tbody tr').first()).toBeVisible();
    // Others may be changing things meanwhile: only by its name is it sure to be on the page.
    await page.getByLabel('Name or id').fill(name);
    await button(page, 'Filter').click();
    await expect(page).toHaveURL(/target=/);
    const disabled = lines(page, name).filter({ hasText: 'Key disabled' });
    await expect(disabled).toContainText('127.0.0.1');
    await expect(disabled.getByRole('link', { name, exact: true })).toBeVisible();
    expect(await page.content(), 'never the key itself').not.toContain(key);
  });

  await test.step('by filters, which stand in the address', async () => {
    await page.getByLabel('Action').selectOption('key.disabled');
    await page.getByLabel('Name or id').fill(name.toUpperCase());
    await button(page, 'Filter').click();
    await expect(page).toHaveURL(/action=key\.disabled/);
    await expect(page.locator('tbody tr')).toHaveCount(1);
    await expect(lines(page, 'Key disabled')).toHaveCount(1);
    await page.getByLabel('To').fill('2020-01-01');
    await button(page, 'Filter').click();
    await expect(page.getByText('No event matches')).toBeVisible();
    await link(page, 'Show all events').click();
    await expect(page).toHaveURL(new RegExp(`${logPath(slug)}$`));
    await expect(page.locator('tbody tr').first()).toBeVisible();
  });

  await test.step('as a file', async () => {
    const href = `${logPath(slug)}.csv?target=${id}`;
    const answer = await page.request.get(href);
    expect(answer.status()).toBe(200);
    expect(answer.headers()['content-type']).toContain('text/csv');
    expect(answer.headers()['content-disposition']).toContain(`audit-log-${slug}.csv`);
    const text = await answer.text();
    expect(text.trim().split('\r\n')).toHaveLength(4);
    expect(text).toContain('key.disabled');
    expect(text).not.toContain(key);
  });
});

test('a long log has pages that stay where they are', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  const slug = organization.slug;
  await signInAs(page, admin);
  const { id } = await createStoredKey(page, slug, unique('Paged'));
  for (let turn = 0; turn < 26; turn += 1) {
    for (const action of ['disable', 'enable']) {
      const { origin } = new URL(page.url());
      const headers = { origin, 'sec-fetch-site': 'same-origin' };
      const path = `${origin}${keyPath(slug, id)}/${action}`;
      await page.request.post(path, { headers, form: {}, maxRedirects: 0 });
    }
  }
  await visit(page, `${logPath(slug)}?target=${id}`);
  await expect(page.locator('tbody tr')).toHaveCount(50);
  await expect(link(page, 'Newer')).toHaveCount(0);
  await link(page, 'Older').click();
  await expect(page).toHaveURL(/before=\d+/);
  await expect(page.locator('tbody tr')).toHaveCount(4);
  await expect(lines(page, 'Key created')).toHaveCount(1);
  await link(page, 'Newer').click();
  await expect(page).toHaveURL(/after=\d+/);
  await expect(page.locator('tbody tr')).toHaveCount(50);
});

test('what cannot be understood is said beside the field', async ({ page, visit, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const path = logPath(organization.slug);
  await visit(page, `${path}?from=yesterday`);
  await expect(page.getByText('Enter a day as 2026-03-01')).toBeVisible();
  for (const [query, file] of [
    ['actor=nobody', 200],
    ['action=%00%27', 200],
    ['target=%00%25_%3Cscript%3E%F0%9F%94%91', 200],
    ['before=x&after=-1', 200],
    // A program would not see that it got other days than it asked for.
    ['to=9999-12-31&from=0000-01-01', 422],
    [`target=${'x'.repeat(4_000)}`, 200],
  ] as const) {
    expect((await visit(page, `${path}?${query}`)).status(), query).toBe(200);
    const answer = await page.request.get(`${path}.csv?${query}`);
    expect(answer.status(), `file: ${query}`).toBe(file);
  }
});

test('the log is for admins, and for nobody else', async ({ page, visit, signIn }) => {
  const { organization } = home();
  const slug = organization.slug;
  await signIn(page, 'viewer', slug);
  await expect(page.getByRole('navigation').getByText('Audit log')).toHaveCount(0);
  expect((await visit(page, logPath(slug))).status()).toBe(403);
  await expect(heading(page, 'You cannot do this')).toBeVisible();
  expect((await page.request.get(`${logPath(slug)}.csv`)).status()).toBe(403);
});

test("another organization's log is not found", async ({ page, visit, signInAs }) => {
  const { admin: insider } = home();
  const outsider = neighbour();
  await signInAs(page, outsider);
  const theirs = logPath(insider.organization);
  expect((await visit(page, theirs)).status()).toBe(404);
  expect((await page.request.get(`${theirs}.csv`)).status()).toBe(404);
  // Nor do their things turn up in one's own.
  const own = outsider.organization;
  await visit(page, logPath(own));
  const channel = await addChannel(page, own, unique('Own'));
  await visit(page, `${logPath(own)}?target=${channel}`);
  await expect(page.locator('tbody tr')).toHaveCount(1);
});
