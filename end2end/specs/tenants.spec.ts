// Reps provision organizations; whoever they hand them over to makes the first key.
import type { Browser, BrowserContext } from '@playwright/test';
import { expireClaim } from '../database';
import { expect, test, type Page } from '../fixtures';
import {
  button,
  finishReveal,
  formValues,
  formWith,
  heading,
  keysPath,
  liftLimits,
  link,
  post,
  postValues,
  problems,
  revealedKey,
} from '../pages';
import { handedOver, newSlug, provision, saved, signInAsRep, tenants } from '../reps';

const password = 'a password of some length';

async function elsewhere(
  browser: Browser,
  options: { baseURL?: string; javaScriptEnabled?: boolean },
  watch: (context: BrowserContext) => void,
): Promise<Page> {
  const context = await browser.newContext(options);
  watch(context);
  return context.newPage();
}

/** Joins as the person whom the invitation is for. */
async function join(page: Page, invitation: string): Promise<void> {
  await page.goto(invitation);
  await page.getByLabel('Your name').fill('Fay First');
  await page.getByLabel('New password', { exact: true }).fill(password);
  await button(page, 'Accept invitation').click();
  await expect(page.getByText(/^You have joined /)).toBeVisible();
}

test('a tenant is filled in step by step, resumed, checked and made once', async ({ page }) => {
  const slug = newSlug();
  await signInAsRep(page);
  await button(page, 'New tenant').click();
  await expect(heading(page, 'Organization')).toBeVisible();

  await test.step('errors keep what was typed', async () => {
    for (const [bad, message] of [
      ['', 'Enter a value'],
      ['x'.repeat(10_000), 'Use at most 100 characters'],
      ['<b>Bold</b>', 'Leave out < and >'],
      ['a\u202eb', 'Leave out line breaks and other invisible characters'],
    ] as const) {
      await page.getByLabel('Name', { exact: true }).fill(bad);
      await page.getByLabel('Name in addresses').fill(slug);
      await liftLimits(formWith(page, 'Save and go on'));
      expect((await post(page, button(page, 'Save and go on'))).status()).toBe(422);
      await expect(problems(page)).toContainText(message);
      await expect(page.getByLabel('Name', { exact: true })).toHaveValue(bad);
      await expect(page.getByLabel('Name in addresses')).toHaveValue(slug);
    }
    await page.getByLabel('Name', { exact: true }).fill(`Klinik ${slug} 🩺'; drop table users; --`);
    await page.getByLabel('Name in addresses').fill('st-mary');
    await saved(page);
    await expect(problems(page)).toContainText('This name is in use');
    await page.getByLabel('Name in addresses').fill(slug);
    await saved(page);
    await expect(heading(page, 'API and plan')).toBeVisible();
  });

  await test.step('it waits in the list and goes on where it was left', async () => {
    await page.goto(tenants);
    await page.getByRole('link', { name: `Klinik ${slug}` }).click();
    await expect(heading(page, 'API and plan')).toBeVisible();
    await page.getByLabel('NovaMed', { exact: true }).check();
    await saved(page);
    await expect(problems(page)).toContainText('Choose live, test or both');
    await expect(page.getByLabel('NovaMed', { exact: true })).toBeChecked();
    await page.getByLabel('Live', { exact: true }).check();
    await page.getByLabel('External tenant id').fill('17');
    await saved(page);
    await expect(problems(page)).toContainText('Enter a UUID');
    await expect(page.getByLabel('External tenant id')).toHaveValue('17');
    await page.getByLabel('External tenant id').fill('');
    await saved(page);
    await page.getByLabel('BAA: signer').fill('Dr. Sign');
    await saved(page);
    await expect(problems(page).getByRole('link')).toHaveCount(2);
    await expect(page.getByLabel('BAA: signer')).toHaveValue('Dr. Sign');
    await page.getByLabel('BAA: signer').fill('');
    await saved(page);
    await page.getByLabel('E-mail').fill('rep@latchkey.example');
    await saved(page);
    await expect(problems(page)).toContainText('reps hold no keys of tenants');
    await page.getByLabel('E-mail').fill(`first@${slug}.example`);
    await saved(page);
  });

  await test.step('an answer is changed and nothing is asked twice', async () => {
    await expect(page.getByText('Some keys have to wait')).toBeVisible();
    await link(page, 'Change API and plan').click();
    await page.getByLabel('Plan').selectOption('team');
    await saved(page);
    await expect(heading(page, 'Check answers')).toBeVisible();
    await expect(page.getByRole('main')).toContainText('Team');
  });

  await test.step('sent twice, it is made once and its links are not shown again', async () => {
    const path = new URL(page.url()).pathname;
    await button(page, 'Provision tenant').click();
    await expect(page.getByTestId('claim-link')).toBeVisible();
    const claim = (await page.getByTestId('claim-link').innerText()).trim();
    const again = await postValues(page, path, {});
    const text = await again.text();
    expect(text).toContain('This tenant was already provisioned');
    expect(text).not.toContain(new URL(claim).pathname);
    await page.goto(path);
    await expect(heading(page, 'Already provisioned')).toBeVisible();
    await page.goto(`${tenants}?q=${slug}`);
    await expect(page.getByRole('row', { name: new RegExp(slug) })).toHaveCount(1);
    await expect(page.getByRole('row', { name: new RegExp(slug) })).toContainText('Missing');
  });
});

test('the first owner reveals the first key by the claim link, once', async ({
  page,
  browser,
  watch,
  baseURL,
  javaScriptEnabled,
}) => {
  const slug = newSlug();
  await signInAsRep(page);
  const { invitation, claim } = await provision(page, {
    slug,
    api: 'NovaMed',
    test: true,
    partner: true,
  });
  const there = await elsewhere(browser, { baseURL, javaScriptEnabled }, watch);

  await test.step('the link alone lets nobody in', async () => {
    await there.goto(claim);
    await expect(link(there, 'Sign in to go on')).toBeVisible();
    expect((await page.goto(claim))?.status(), 'as the rep').toBe(403);
    await expect(heading(page, 'This link is for somebody else')).toBeVisible();
    expect((await page.goto(`/${slug}`))?.status(), 'the rep belongs to no tenant').toBe(404);
    const [start] = claim.split('/claims/');
    for (const bad of ['x', '0'.repeat(64), encodeURIComponent("' or 1=1 --")]) {
      expect((await there.goto(`${start}/claims/${bad}`))?.status()).toBe(404);
      await expect(heading(there, 'This link is not valid')).toBeVisible();
    }
  });

  await join(there, invitation);
  const key = await test.step('a live key waits for the BAA, a test key does not', async () => {
    await there.goto(claim);
    await expect(heading(there, `The first key of Clinic ${slug}`)).toBeVisible();
    await there.getByLabel('Name of the key').fill('Front desk');
    await there.getByLabel('Live', { exact: true }).check();
    expect((await post(there, button(there, 'Reveal the key'))).status()).toBe(422);
    await expect(problems(there)).toContainText('signed BAA');
    await expect(there.getByLabel('Name of the key')).toHaveValue('Front desk');
    await there.getByLabel('Test', { exact: true }).check();
    await button(there, 'Reveal the key').click();
    const key = await revealedKey(there);
    await finishReveal(there);
    return key;
  });

  await test.step('it works once', async () => {
    expect((await there.goto(claim))?.status()).toBe(410);
    await expect(heading(there, 'This link has been used')).toBeVisible();
    await there.goto(keysPath(slug));
    await expect(there.getByRole('link', { name: 'Front desk', exact: true })).toHaveCount(1);
  });

  await test.step('the rep never sees the key', async () => {
    for (const path of [`${tenants}?q=${slug}`, `${tenants}/${slug}/approvals`, claim]) {
      await page.goto(path);
      expect(await page.content()).not.toContain(key);
      // In what is seen: four characters may stand in an address or a nonce by chance.
      const seen = await page.locator('body').innerText();
      expect(seen, 'nor how it ends').not.toContain(key.slice(-4));
      expect(await page.content(), 'nor its hint').not.toContain(`…${key.slice(-4)}`);
    }
  });

  await test.step('the log says who did it', async () => {
    await there.goto(`/${slug}/settings/audit-log`);
    await expect(there.getByRole('main')).toContainText('Organization provisioned');
    await expect(there.locator('tbody').getByText('Vendor staff').first()).toBeVisible();
  });
});

test('a claim link runs out, and waits for the invitation', async ({
  page,
  browser,
  watch,
  baseURL,
  javaScriptEnabled,
}) => {
  const slug = newSlug();
  await signInAsRep(page);
  const { invitation, claim } = await provision(page, { slug, api: 'DELPHOS' });
  const there = await elsewhere(browser, { baseURL, javaScriptEnabled }, watch);
  await join(there, invitation);
  await there.goto(claim);
  await expect(button(there, 'Reveal the key')).toBeVisible();
  expireClaim(slug);
  // A form from before does no more than a new look.
  await button(there, 'Reveal the key').click();
  await expect(heading(there, 'This link has expired')).toBeVisible();
  await link(there, 'API keys').click();
  await expect(there.getByText('No API keys yet')).toBeVisible();
});

test('lost links are made again, for the right address', async ({
  page,
  browser,
  watch,
  baseURL,
  javaScriptEnabled,
}) => {
  await signInAsRep(page);
  const slug = newSlug();
  const lost = await provision(page, { slug, api: 'DELPHOS' });
  await page.goto(`${tenants}/${slug}`);
  await expect(page.getByText('Nobody has joined yet')).toBeVisible();
  await link(page, 'make new ones').click();
  await expect(page.getByLabel('E-mail of the first owner')).toHaveValue(`first@${slug}.example`);
  await page.getByLabel('E-mail of the first owner').fill('no address');
  await liftLimits(formWith(page, 'Make new links'));
  expect((await post(page, button(page, 'Make new links'))).status()).toBe(422);
  await expect(page.getByLabel('E-mail of the first owner')).toHaveValue('no address');
  await page.getByLabel('E-mail of the first owner').fill(`right@${slug}.example`);
  const found = await handedOver(page, slug, 'Make new links');

  const there = await elsewhere(browser, { baseURL, javaScriptEnabled }, watch);
  expect((await there.goto(lost.invitation))?.status()).toBe(410);
  expect((await there.goto(lost.claim))?.status()).toBe(410);
  await join(there, found.invitation);
  await there.goto(found.claim);
  await expect(button(there, 'Reveal the key')).toBeVisible();

  expect((await page.goto(`${tenants}/${slug}/links`))?.status()).toBe(409);
  await expect(page.getByText('The organization has people of its own')).toBeVisible();
});

test('what is signed later opens the gate', async ({
  page,
  browser,
  watch,
  baseURL,
  javaScriptEnabled,
}) => {
  const slug = newSlug();
  await signInAsRep(page);
  const { invitation } = await provision(page, { slug, api: 'NovaMed', partner: true });
  const there = await elsewhere(browser, { baseURL, javaScriptEnabled }, watch);
  await join(there, invitation);
  const create = async () => {
    await there.goto(`${keysPath(slug)}/new`);
    await there.getByLabel('Name', { exact: true }).fill('Live one');
    return post(there, button(there, 'Create key'));
  };
  expect((await create()).status()).toBe(422);
  await expect(problems(there)).toContainText('Your account rep records it');

  await page.goto(`${tenants}/${slug}/approvals`);
  await link(page, 'Record BAA').click();
  await page.getByLabel('Signed on').fill('2999-01-01');
  await page.getByLabel('Reference').fill('BAA-9');
  await page.getByLabel('Signer').fill('Dr. Sign');
  const stale = await formValues(formWith(page, 'Record'));
  const path = new URL(page.url()).pathname;
  expect((await post(page, button(page, 'Record'))).status()).toBe(422);
  await expect(problems(page)).toContainText('not in the future');
  await expect(page.getByLabel('Reference')).toHaveValue('BAA-9');
  await page.getByLabel('Signed on').fill('2026-02-01');
  await button(page, 'Record').click();
  await expect(page.getByText('BAA recorded')).toBeVisible();
  const again = await postValues(page, path, { ...stale, decided_on: '2026-02-02' });
  expect(again.status(), 'a form from before').toBe(409);

  expect((await create()).status()).toBe(200);
  await revealedKey(there);
});

test('only reps see the tenants, and filters stand in the address', async ({ page, signIn }) => {
  await signIn(page, 'owner', 'st-mary');
  expect((await page.goto(tenants))?.status()).toBe(403);
  await expect(page.getByText('This is for account reps')).toBeVisible();

  await page.context().clearCookies();
  await signInAsRep(page);
  // The rep's own drafts stand above, in a table of their own.
  const found = page.getByRole('table', { name: 'Tenants' }).getByRole('rowheader');
  await page.getByLabel('Name or id').fill('lakeside');
  await page.getByLabel('API').selectOption('novamed');
  await button(page, 'Filter').click();
  await expect(page).toHaveURL(/q=lakeside.*profile=novamed/);
  await expect(found).toHaveCount(1);
  await expect(found).toContainText('Lakeside Clinic');
  await page.goto(`${tenants}?q=${encodeURIComponent("'; drop table users; -- 🩺")}`);
  await expect(page.getByText('No tenant matches')).toBeVisible();
  await link(page, 'Show all tenants').click();
  await page.getByRole('link', { name: 'Stuck > 7 d' }).click();
  await expect(page).toHaveURL(/view=stuck/);
  await expect(found.filter({ hasText: 'Harbor Dental' })).toBeVisible();
  await expect(found.filter({ hasText: 'St. Mary Clinic' })).toHaveCount(0);
});
