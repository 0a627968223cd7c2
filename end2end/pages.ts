// What people do on the pages, in their words.
import { randomUUID } from 'node:crypto';
import { expect, type Locator, type Page, type Response } from './fixtures';

// Prefixes differ between API profiles.
const keyShape = /^[a-z]+_([a-z]+_)?[0-9A-Za-z]{32}$/;
const idInPath = /\/([0-9a-f]{8}-[0-9a-f-]{27})(?=$|[/?#])/;

/** A name that no other test uses. */
export function unique(what: string): string {
  return `${what} ${randomUUID().slice(0, 8)}`;
}

export function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole('heading', { level: 1, name, exact: typeof name === 'string' });
}

export function button(page: Page, name: string | RegExp): Locator {
  return page.getByRole('main').getByRole('button', { name, exact: typeof name === 'string' });
}

export function link(page: Page, name: string | RegExp): Locator {
  return page.getByRole('main').getByRole('link', { name, exact: typeof name === 'string' });
}

/** What stands above a form that was refused. */
export function problems(page: Page): Locator {
  return page.getByRole('alert').filter({ hasText: 'There is a problem' });
}

/** The form that this button sends. */
export function formWith(page: Page, buttonName: string): Locator {
  return page.locator('form').filter({
    has: page.getByRole('button', { name: buttonName, exact: true }),
  });
}

/** Presses a button and gives the answer to the form that it posts. */
export async function post(page: Page, pressed: Locator): Promise<Response> {
  const [answer] = await Promise.all([
    page.waitForResponse(
      (response) => response.request().method() === 'POST' && response.request().isNavigationRequest(),
    ),
    pressed.click(),
  ]);
  return answer;
}

/** What a page says once every node refuses what was just stopped. */
export function receipt(done: string): RegExp {
  return new RegExp(`^${done}: refused on 1/1 node after \\d+ ms$`);
}

/** The id of the channel or key whose page, or part of it, this is. */
export function idOf(address: string): string {
  const id = idInPath.exec(new URL(address).pathname)?.[1];
  if (!id) throw new Error(`no id in ${address}`);
  return id;
}

export const channelsPath = (slug: string) => `/${slug}/channels`;
export const keysPath = (slug: string) => `/${slug}/settings/api-keys`;
export const teamPath = (slug: string) => `/${slug}/settings/team`;
export const noticesPath = (slug: string) => `/${slug}/settings/notices`;
export const keyPath = (slug: string, id: string) => `${keysPath(slug)}/${id}`;

/** Adds a webhook for all events and stays on the page that shows its secret, which it gives. */
export async function addWebhook(page: Page, slug: string, url: string): Promise<string> {
  await page.goto(`${noticesPath(slug)}/new`);
  await page.getByLabel('Address').fill(url);
  await button(page, 'Add webhook').click();
  await expect(heading(page, 'Webhook added')).toBeVisible();
  const secret = (await page.getByTestId('webhook-secret').innerText()).trim();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  return secret;
}

/** Adds a channel without a key and stays on its page. */
export async function addChannel(page: Page, slug: string, name: string): Promise<string> {
  await page.goto(`${channelsPath(slug)}/new`);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Create its first API key now').uncheck();
  await button(page, 'Add channel').click();
  await expect(heading(page, name)).toBeVisible();
  return idOf(page.url());
}

/** Disables the key whose page this is, by the page that says what breaks. */
export async function disableKey(page: Page): Promise<void> {
  await link(page, 'Disable').click();
  await button(page, 'Disable key').click();
  await expect(button(page, 'Enable')).toBeVisible();
}

/** Opens the form for a new key and fills its name in. */
export async function openCreateKey(
  page: Page,
  slug: string,
  name: string,
  channel?: string,
): Promise<void> {
  await page.goto(`${keysPath(slug)}/new${channel ? `?channel=${channel}` : ''}`);
  await page.getByLabel('Name', { exact: true }).fill(name);
}

/** Creates a key and stays on the page that shows it. */
export async function createKey(
  page: Page,
  slug: string,
  name: string,
  channel?: string,
): Promise<string> {
  await openCreateKey(page, slug, name, channel);
  await button(page, 'Create key').click();
  return revealedKey(page);
}

/** The key on the one page that shows it. */
export async function revealedKey(page: Page): Promise<string> {
  await expect(heading(page, 'Copy your API key')).toBeVisible();
  const key = (await page.getByTestId('revealed-key').innerText()).trim();
  expect(key).toMatch(keyShape);
  return key;
}

/** Says that the key is stored and goes on to its page. Gives the key's id. */
export async function finishReveal(page: Page): Promise<string> {
  await page.getByLabel('I have stored it').check();
  await button(page, 'Done').click();
  await expect(heading(page, 'Copy your API key')).toBeHidden();
  return idOf(page.url());
}

/** Creates a key and goes on to its page. */
export async function createStoredKey(
  page: Page,
  slug: string,
  name: string,
  channel?: string,
): Promise<{ key: string; id: string }> {
  const key = await createKey(page, slug, name, channel);
  const id = await finishReveal(page);
  await expect(heading(page, name)).toBeVisible();
  return { key, id };
}

/** How many keys with this name the organization has. */
export async function countKeys(page: Page, slug: string, name: string): Promise<number> {
  await page.goto(`${keysPath(slug)}?q=${encodeURIComponent(name)}`);
  await expect(heading(page, 'API keys')).toBeVisible();
  return page.getByRole('link', { name, exact: true }).count();
}

/** The printed command, without what stands around it. */
export async function printedCommand(page: Page): Promise<string> {
  const block = page.getByTestId('curl');
  return block.evaluate((element) => {
    const code = element.matches('pre, code') ? element : element.querySelector('pre');
    return (code ?? element).textContent ?? '';
  });
}

/** Takes away what keeps the browser from sending bad values, as other programs can. */
export async function liftLimits(form: Locator): Promise<void> {
  await form.evaluate((element) => {
    (element as HTMLFormElement).noValidate = true;
    for (const control of element.querySelectorAll('[maxlength]')) {
      control.removeAttribute('maxlength');
    }
  });
}

/** What the form would send now. */
export async function formValues(form: Locator): Promise<Record<string, string>> {
  return form.evaluate((element) => {
    const values: Record<string, string> = {};
    for (const [name, value] of new FormData(element as HTMLFormElement)) {
      values[name] = String(value);
    }
    return values;
  });
}

/** Posts a form behind the page's back, as the browser itself would. */
export async function postValues(page: Page, path: string, values: Record<string, string>) {
  const { origin } = new URL(page.url());
  return page.request.post(new URL(path, origin).href, {
    form: values,
    headers: { origin, 'sec-fetch-site': 'same-origin', accept: 'text/html' },
    maxRedirects: 0,
  });
}

/** The counts of the chart's table, by column. */
export async function chartTotals(figure: Locator): Promise<Record<string, number>> {
  return figure.locator('details table').evaluate((table) => {
    const names = [...table.querySelectorAll('thead th')].slice(1).map((cell) => cell.textContent);
    const totals: Record<string, number> = {};
    for (const row of table.querySelectorAll('tbody tr')) {
      [...row.children].slice(1).forEach((cell, column) => {
        const name = (names[column] ?? '').trim();
        const digits = (cell.textContent ?? '').replace(/[^0-9]/g, '');
        totals[name] = (totals[name] ?? 0) + Number(digits);
      });
    }
    return totals;
  });
}

export function sum(totals: Record<string, number>): number {
  return Object.values(totals).reduce((left, right) => left + right, 0);
}
