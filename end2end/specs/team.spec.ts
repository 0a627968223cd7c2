// People join by an invitation, get another role, and go.
import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext } from '@playwright/test';
import { account, home } from '../demo';
import { expireInvitation, forgetProof, newTenant } from '../database';
import { expect, expectAlive, fillSignIn, test, type Page } from '../fixtures';
import {
  button,
  formValues,
  formWith,
  heading,
  liftLimits,
  link,
  post,
  postValues,
  teamPath,
} from '../pages';

const password = 'a password of some length';

function newAddress(): string {
  return `${randomUUID().slice(0, 8)}@invited.example`;
}

/** Fills the form in and sends it; the link that is shown then. */
async function invite(page: Page, slug: string, email: string, role: string): Promise<string> {
  await page.goto(`${teamPath(slug)}/invite`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel(role, { exact: true }).check();
  await button(page, 'Invite').click();
  return shownLink(page);
}

async function shownLink(page: Page): Promise<string> {
  await expect(heading(page, 'Hand over the invitation')).toBeVisible();
  const shown = (await page.getByTestId('invitation-link').innerText()).trim();
  expect(shown).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/invitations\/[0-9a-f]{64}$/);
  return shown;
}

/** Accepts as somebody without an account. */
async function acceptAsNew(page: Page, address: string, name: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('New password', { exact: true }).fill(password);
  await button(page, 'Accept invitation').click();
  await expect(page.getByText(/^You have joined /)).toBeVisible();
}

interface Elsewhere {
  page: Page;
  context: BrowserContext;
}

type Open = () => Promise<Elsewhere>;

function opener(
  browser: Browser,
  options: { baseURL?: string; javaScriptEnabled?: boolean },
  watch: (context: BrowserContext) => void,
): Open {
  return async () => {
    const context = await browser.newContext(options);
    watch(context);
    return { context, page: await context.newPage() };
  };
}

test('invite, accept, change the role, remove', async ({
  page,
  browser,
  watch,
  signInAs,
  baseURL,
  javaScriptEnabled,
}) => {
  const { slug, name: organization } = home().organization;
  const email = newAddress();
  const name = `New ${email.slice(0, 8)}`;
  await signInAs(page, account('owner', slug));
  const address = await invite(page, slug, email, 'Viewer');

  await test.step('the link is shown once', async () => {
    await page.goto(teamPath(slug));
    await expect(page.getByRole('rowheader', { name: email })).toBeVisible();
    expect(await page.content()).not.toContain(new URL(address).pathname);
  });

  const { page: there, context } = await opener(browser, { baseURL, javaScriptEnabled }, watch)();
  await test.step('somebody new accepts', async () => {
    const answer = await there.goto(address);
    expect(answer?.headers()['cache-control']).toBe('no-store');
    expect(answer?.headers()['referrer-policy']).toBe('same-origin');
    await expect(heading(there, `Join ${organization}`)).toBeVisible();
    await expect(there.getByRole('main')).toContainText('Viewer');

    await there.getByLabel('Your name').fill(name);
    await there.getByLabel('New password', { exact: true }).fill('too short');
    await liftLimits(formWith(there, 'Accept invitation'));
    expect((await post(there, button(there, 'Accept invitation'))).status()).toBe(422);
    await expect(there.getByRole('alert')).toContainText('Use at least 12 characters');
    await expect(there.getByLabel('Your name')).toHaveValue(name);
    await expect(there.getByLabel('New password', { exact: true })).toHaveValue('');

    await acceptAsNew(there, address, name);
    await expect(heading(there, 'Overview')).toBeVisible();
  });

  await test.step('the role is the one of the invitation', async () => {
    expect((await there.goto(`/${slug}/channels/new`))?.status()).toBe(403);
    expect((await there.goto(`${teamPath(slug)}/invite`))?.status()).toBe(403);
    await there.goto(teamPath(slug));
    await expect(link(there, 'Invite')).toHaveCount(0);
    await expect(there.getByRole('row', { name: new RegExp(name) })).toContainText('Viewer');
  });

  await test.step('another role works at once', async () => {
    await page.goto(teamPath(slug));
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByLabel('Admin', { exact: true }).check();
    const stale = await formValues(formWith(page, 'Change role'));
    const path = new URL(page.url()).pathname;
    await button(page, 'Change role').click();
    await expect(page.getByText(`${name} has the role admin now`)).toBeVisible();
    expect((await there.goto(`/${slug}/channels/new`))?.status()).toBe(200);
    // A form from before the change does not undo it unseen.
    const answer = await postValues(page, path, { ...stale, role: 'developer' });
    expect(answer.status()).toBe(409);
  });

  await test.step('an admin has no say about owners', async () => {
    await there.goto(teamPath(slug));
    await there.getByRole('link', { name: 'Olivia Owner' }).click();
    await expect(button(there, 'Change role')).toHaveCount(0);
    const path = new URL(there.url()).pathname;
    const values = { seen: 'owner', role: 'viewer' };
    expect((await postValues(there, path, values)).status()).toBe(403);
    expect((await postValues(there, `${path}/remove`, {})).status()).toBe(403);
    await there.goto(`${teamPath(slug)}/invite`);
    await expect(there.getByLabel('Owner', { exact: true })).toHaveCount(0);
  });

  await test.step('removed, they are out at once', async () => {
    await there.goto(teamPath(slug));
    await page.getByRole('link', { name, exact: true }).click();
    await link(page, 'Remove').click();
    await link(page, 'Keep the member').click();
    await link(page, 'Remove').click();
    await button(page, 'Remove member').click();
    await expect(page.getByText(`${name} is no member any more`)).toBeVisible();
    await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0);
    expect((await there.reload())?.status()).toBe(404);
    expect((await postValues(there, `${teamPath(slug)}/leave`, {})).status()).toBe(404);
    await there.goto('/');
    await expect(there.getByText('You belong to no organization')).toBeVisible();
  });
  await context.close();
});

test('the last owner stays', async ({ page, signInAs }) => {
  const { slug } = home().organization;
  const owner = account('owner', slug);
  await signInAs(page, owner);
  await page.goto(teamPath(slug));
  await link(page, 'Leave').click();
  await button(page, 'Leave organization').click();
  await expect(heading(page, 'This cannot be done any more')).toBeVisible();
  await expect(page.getByRole('main')).toContainText('this is the only one');

  await page.goto(teamPath(slug));
  await page.getByRole('link', { name: 'Olivia Owner' }).click();
  await page.getByLabel('Viewer', { exact: true }).check();
  const answer = await post(page, button(page, 'Change role'));
  expect(answer.status()).toBe(409);
  await page.goto(`${teamPath(slug)}/invite`);
  await expect(page.getByLabel('Owner', { exact: true })).toBeVisible();
});

test('a double click invites once', async ({ page, signInAs, javaScriptEnabled }) => {
  const { organization, admin } = home();
  const { slug } = organization;
  const email = newAddress();
  await signInAs(page, admin);
  await page.goto(`${teamPath(slug)}/invite`);
  await page.getByLabel('E-mail').fill(email);
  const values = await formValues(formWith(page, 'Invite'));
  if (javaScriptEnabled) await expectAlive(page);
  await button(page, 'Invite').dblclick();
  if (javaScriptEnabled) await shownLink(page);
  else await expect(heading(page, /^(Hand over the invitation|This invitation was)/)).toBeVisible();

  // The same form once more, as Reload would send it.
  const again = await postValues(page, `${teamPath(slug)}/invite`, values);
  expect(await again.text()).toContain('This invitation was already made');
  await page.goto(teamPath(slug));
  await expect(page.getByRole('rowheader', { name: email })).toHaveCount(1);

  // And another form for the same address.
  await page.goto(`${teamPath(slug)}/invite`);
  await page.getByLabel('E-mail').fill(email);
  expect((await post(page, button(page, 'Invite'))).status()).toBe(422);
  await expect(page.getByRole('alert')).toContainText('has an open invitation');
  await expect(page.getByLabel('E-mail')).toHaveValue(email);
});

test('links that let nobody in say why', async ({
  page,
  browser,
  watch,
  signInAs,
  baseURL,
  javaScriptEnabled,
}) => {
  const { organization, admin } = home();
  const { slug } = organization;
  const open = opener(browser, { baseURL, javaScriptEnabled }, watch);
  await signInAs(page, admin);
  const { page: there, context } = await open();
  const says = async (address: string, status: number, title: string) => {
    expect((await there.goto(address))?.status()).toBe(status);
    await expect(heading(there, title)).toBeVisible();
  };

  await test.step('malformed and unknown', async () => {
    for (const token of ['x', '0'.repeat(64), 'A'.repeat(64), '%00', `${'0'.repeat(64)}%0a`]) {
      await says(`/invitations/${token}`, 404, 'This link is not valid');
    }
  });

  await test.step('replaced and revoked', async () => {
    const email = newAddress();
    const row = page.getByRole('row', { name: new RegExp(email) });
    const first = await invite(page, slug, email, 'Developer');
    await page.goto(teamPath(slug));
    await row.getByRole('button', { name: /^Resend/ }).click();
    const second = await shownLink(page);
    await says(first, 404, 'This link is not valid');
    await page.goto(teamPath(slug));
    await row.getByRole('button', { name: /^Revoke/ }).click();
    await expect(page.getByText('Invitation revoked')).toBeVisible();
    await expect(row).toHaveCount(0);
    await says(second, 410, 'This invitation has been revoked');
  });

  await test.step('expired', async () => {
    const email = newAddress();
    const address = await invite(page, slug, email, 'Viewer');
    expireInvitation(email);
    await says(address, 410, 'This invitation has expired');
    const answer = await postValues(there, new URL(address).pathname, { name: 'Late', password });
    expect(answer.status()).toBe(303);
    await page.goto(teamPath(slug));
    const row = page.getByRole('row', { name: new RegExp(email) });
    await expect(row).toContainText('Expired');
    await row.getByRole('button', { name: /^Resend/ }).click();
    const again = await shownLink(page);
    expect((await there.goto(again))?.status()).toBe(200);
  });

  await test.step('used', async () => {
    const address = await invite(page, slug, newAddress(), 'Viewer');
    await acceptAsNew(there, address, 'Used Once');
    await says(address, 410, 'You have accepted this invitation');
    const { page: late, context: lateContext } = await open();
    expect((await late.goto(address))?.status()).toBe(410);
    await expect(heading(late, 'This invitation has been used')).toBeVisible();
    await lateContext.close();
    await there.goto(teamPath(slug));
    await link(there, 'Leave').click();
    await button(there, 'Leave organization').click();
    await expect(there.getByText('You have left')).toBeVisible();
  });
  await context.close();
});

test('somebody with an account signs in as the right one', async ({
  page,
  browser,
  watch,
  signInAs,
  baseURL,
  javaScriptEnabled,
}) => {
  const { organization, admin } = home();
  const { slug, name: title } = organization;
  const open = opener(browser, { baseURL, javaScriptEnabled }, watch);
  await signInAs(page, admin);
  const email = newAddress();
  const { page: there, context } = await open();
  await acceptAsNew(there, await invite(page, slug, email, 'Viewer'), 'Back Again');
  await there.goto(`${teamPath(slug)}/leave`);
  await button(there, 'Leave organization').click();
  await expect(there.getByText('You have left')).toBeVisible();
  const address = await invite(page, slug, email, 'Developer');

  await test.step('not as whoever happens to be signed in', async () => {
    expect((await page.goto(address))?.status()).toBe(403);
    await expect(heading(page, 'This invitation is for somebody else')).toBeVisible();
    await postValues(page, new URL(address).pathname, {});
    expect((await page.reload())?.status()).toBe(403);
  });

  await test.step('after signing in', async () => {
    const { page: fresh, context: freshContext } = await open();
    await fresh.goto(address);
    await expect(fresh.getByText('has an account already')).toBeVisible();
    // Somebody else who has the link cannot take the account over by it.
    const values = { name: 'Thief', password };
    await postValues(fresh, new URL(address).pathname, values);
    await link(fresh, 'Sign in to accept').click();
    await fillSignIn(fresh, email, password);
    await expect(heading(fresh, `Join ${title}`)).toBeVisible();
    await button(fresh, 'Accept invitation').click();
    await expect(fresh.getByText(`You have joined ${title}`)).toBeVisible();
    await freshContext.close();
  });

  await test.step('signing out leads back to the invitation', async () => {
    const other = await invite(page, slug, newAddress(), 'Viewer');
    await there.goto(other);
    await button(there, 'Sign out and switch').click();
    await expect(heading(there, `Join ${title}`)).toBeVisible();
    await expect(there.getByText('You are signed out')).toBeVisible();
    await expect(there.getByLabel('Your name')).toBeVisible();
  });
  await context.close();
});

test('a new password ends the sessions elsewhere', async ({
  page,
  browser,
  watch,
  signInAs,
  baseURL,
  javaScriptEnabled,
}) => {
  const { organization, admin } = home();
  const { slug } = organization;
  const open = opener(browser, { baseURL, javaScriptEnabled }, watch);
  await signInAs(page, admin);
  const email = newAddress();
  const address = await invite(page, slug, email, 'Viewer');
  const { page: here, context } = await open();
  await acceptAsNew(here, address, 'Two Places');
  const { page: there, context: thereContext } = await open();
  await there.goto(`/login?next=/${slug}`);
  await fillSignIn(there, email, password);
  await expect(heading(there, 'Overview')).toBeVisible();

  await here.getByRole('link', { name: `Account: ${email}` }).click();
  await expect(heading(here, 'Your account')).toBeVisible();
  await expect(here.getByRole('main')).toContainText(email);
  const change = async (current: string, next: string) => {
    await here.getByLabel('Current password', { exact: true }).fill(current);
    await here.getByLabel('New password', { exact: true }).fill(next);
    return post(here, button(here, 'Change password'));
  };
  expect((await change('not the password', 'short')).status()).toBe(422);
  await expect(here.getByRole('alert')).toContainText('This is not your current password');
  await expect(here.getByRole('alert')).toContainText('Use at least 12 characters');
  expect((await there.reload())?.status()).toBe(200);
  await expect(heading(there, 'Overview')).toBeVisible();

  const before = (await context.cookies()).find(({ httpOnly }) => httpOnly)?.value;
  await change(password, 'another password of some length');
  await expect(here.getByText('Password changed')).toBeVisible();
  const after = (await context.cookies()).find(({ httpOnly }) => httpOnly)?.value;
  expect(after, 'the session has a new id').not.toBe(before);
  await there.reload();
  await expect(heading(there, 'Sign in')).toBeVisible();
  await fillSignIn(there, email, password);
  await expect(there.getByText('E-mail or password is wrong')).toBeVisible();
  await here.goto(`/${slug}`);
  await expect(heading(here, 'Overview')).toBeVisible();
  await thereContext.close();
  await context.close();
});

test('what was typed is there again after the password was asked for', async ({
  page,
  signInAs,
}) => {
  const { slug, owner } = newTenant();
  await signInAs(page, owner);
  forgetProof(owner.email);
  const email = newAddress();
  await page.goto(`${teamPath(slug)}/invite`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Owner', { exact: true }).check();
  await button(page, 'Invite').click();
  await expect(heading(page, 'Confirm that it is you')).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await button(page, 'Continue').click();
  await expect(page.getByLabel('E-mail')).toHaveValue(email);
  await expect(page.getByLabel('Owner', { exact: true })).toBeChecked();
  await button(page, 'Invite').click();
  await shownLink(page);
});
