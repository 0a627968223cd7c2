// Every page in turn, for what must hold on all of them.
import { home } from './demo';
import { expect, test, type Page } from './fixtures';
import {
  addChannel,
  addWebhook,
  button,
  channelsPath,
  createKey,
  createStoredKey,
  formWith,
  heading,
  keyPath,
  keysPath,
  liftLimits,
  link,
  noticesPath,
  openCreateKey,
  problems,
  teamPath,
  unique,
} from './pages';
import { repStops } from './rep_stops';

interface Stop {
  name: string;
  /** Who looks at it; nobody is signed in where this is missing. */
  role?: 'admin' | 'owner' | 'viewer';
  open: (page: Page, slug: string) => Promise<unknown>;
}

async function refusedForm(page: Page, path: string, pressed: string): Promise<void> {
  await page.goto(path);
  await liftLimits(formWith(page, pressed));
  await button(page, pressed).click();
  await expect(problems(page)).toBeVisible();
}

async function someKey(page: Page, slug: string): Promise<string> {
  const channel = await addChannel(page, slug, unique('Tour'));
  const { id } = await createStoredKey(page, slug, unique('Tour key'), channel);
  return keyPath(slug, id);
}

/** A webhook to which something was sent, in vain. */
async function testedWebhook(page: Page, slug: string): Promise<void> {
  await page.goto(noticesPath(slug));
  const known = page.getByRole('table', { name: 'Webhooks' }).getByRole('link');
  if (await known.count()) {
    await known.first().click();
  } else {
    await addWebhook(page, slug, 'http://127.0.0.1:9/tour');
    await link(page, 'Done').click();
  }
  await expect(heading(page, 'Webhook')).toBeVisible();
  const tests = page.getByRole('rowheader', { name: 'webhook.test' });
  // Only a few may wait at once, and each look at these pages comes here.
  if (!(await tests.count())) await button(page, 'Send test').click();
  await expect(tests.first()).toBeVisible();
}

/** Invites somebody and gives the link. */
async function invited(page: Page, slug: string): Promise<string> {
  await page.goto(`${teamPath(slug)}/invite`);
  await page.getByLabel('E-mail').fill(`${unique('tour').replace(' ', '-')}@invited.example`);
  await button(page, 'Invite').click();
  return (await page.getByTestId('invitation-link').innerText()).trim();
}

export const stops: Stop[] = [
  { name: 'sign-in', open: (page) => page.goto('/login') },
  { name: 'sign-in-refused', open: (page) => refusedForm(page, '/login', 'Sign in') },
  { name: 'overview', role: 'admin', open: (page, slug) => page.goto(`/${slug}`) },
  { name: 'organizations', role: 'admin', open: (page) => page.goto('/') },
  { name: 'channels', role: 'admin', open: (page, slug) => page.goto(channelsPath(slug)) },
  {
    name: 'channel-add',
    role: 'admin',
    open: (page, slug) => page.goto(`${channelsPath(slug)}/new`),
  },
  {
    name: 'channel-add-refused',
    role: 'admin',
    open: (page, slug) => refusedForm(page, `${channelsPath(slug)}/new`, 'Add channel'),
  },
  {
    name: 'channel',
    role: 'admin',
    open: async (page, slug) => {
      const channel = await addChannel(page, slug, unique('Tour'));
      await createStoredKey(page, slug, unique('Tour key'), channel);
      await page.goto(`${channelsPath(slug)}/${channel}`);
    },
  },
  {
    name: 'channel-added',
    role: 'admin',
    open: (page, slug) => addChannel(page, slug, unique('Tour')),
  },
  { name: 'keys', role: 'admin', open: (page, slug) => page.goto(keysPath(slug)) },
  {
    name: 'keys-none-found',
    role: 'admin',
    open: (page, slug) => page.goto(`${keysPath(slug)}?q=nothing-has-this-name`),
  },
  { name: 'key-create', role: 'admin', open: (page, slug) => openCreateKey(page, slug, 'Billing') },
  {
    name: 'key-create-refused',
    role: 'admin',
    open: (page, slug) => refusedForm(page, `${keysPath(slug)}/new`, 'Create key'),
  },
  {
    name: 'key-reveal',
    role: 'admin',
    open: (page, slug) => createKey(page, slug, unique('Tour')),
  },
  {
    name: 'key-reveal-again',
    role: 'admin',
    open: async (page, slug) => {
      await createKey(page, slug, unique('Tour'));
      await page.reload();
      await expect(heading(page, 'This key was already shown')).toBeVisible();
    },
  },
  {
    name: 'key',
    role: 'admin',
    open: async (page, slug) => page.goto(await someKey(page, slug)),
  },
  {
    name: 'key-regenerate',
    role: 'admin',
    open: async (page, slug) => page.goto(`${await someKey(page, slug)}/regenerate`),
  },
  {
    name: 'key-disable',
    role: 'admin',
    open: async (page, slug) => page.goto(`${await someKey(page, slug)}/disable`),
  },
  {
    name: 'key-scream-test',
    role: 'admin',
    open: async (page, slug) => page.goto(`${await someKey(page, slug)}/scream-test`),
  },
  {
    name: 'key-scream-test-refused',
    role: 'admin',
    open: async (page, slug) => {
      await page.goto(`${await someKey(page, slug)}/scream-test`);
      await page.getByLabel('Another time', { exact: true }).check();
      await button(page, 'Begin the test').click();
      await expect(problems(page)).toBeVisible();
    },
  },
  {
    name: 'key-under-test',
    role: 'admin',
    open: async (page, slug) => {
      await page.goto(`${await someKey(page, slug)}/scream-test`);
      await button(page, 'Begin the test').click();
      await expect(page.locator('.banner').getByText('Disabled for a test')).toBeVisible();
    },
  },
  {
    name: 'keys-unused',
    role: 'admin',
    open: (page, slug) => page.goto(`${keysPath(slug)}?attention=unused`),
  },
  {
    name: 'key-revoke',
    role: 'admin',
    open: async (page, slug) => page.goto(`${await someKey(page, slug)}/revoke`),
  },
  {
    name: 'key-revoked',
    role: 'admin',
    open: async (page, slug) => {
      await page.goto(`${await someKey(page, slug)}/revoke`);
      await button(page, 'Revoke key').click();
      await expect(page.locator('.banner').getByText('Key revoked')).toBeVisible();
    },
  },
  { name: 'quick-start', role: 'admin', open: (page, slug) => page.goto(`/${slug}/quick-start`) },
  {
    name: 'quick-start-rust',
    role: 'viewer',
    open: (page, slug) => page.goto(`/${slug}/quick-start?language=rust`),
  },
  { name: 'usage', role: 'admin', open: (page, slug) => page.goto(`/${slug}/usage?range=30d`) },
  { name: 'access-log', role: 'admin', open: (page, slug) => page.goto(`/${slug}/access-log`) },
  {
    name: 'access-log-call',
    role: 'admin',
    open: async (page, slug) => {
      await page.goto(`/${slug}/access-log?ended=refused`);
      await page.getByRole('table').getByRole('link').first().click();
      await expect(heading(page, 'Call')).toBeVisible();
    },
  },
  { name: 'team', role: 'admin', open: (page, slug) => page.goto(teamPath(slug)) },
  { name: 'team-invite', role: 'admin', open: (page, slug) => page.goto(`${teamPath(slug)}/invite`) },
  {
    name: 'team-invite-refused',
    role: 'admin',
    open: (page, slug) => refusedForm(page, `${teamPath(slug)}/invite`, 'Invite'),
  },
  { name: 'team-invited', role: 'admin', open: invited },
  {
    name: 'team-pending',
    role: 'admin',
    open: async (page, slug) => {
      await invited(page, slug);
      await page.goto(teamPath(slug));
    },
  },
  {
    name: 'team-member',
    role: 'admin',
    open: async (page, slug) => {
      await page.goto(teamPath(slug));
      await page.getByRole('link', { name: 'Devi Developer' }).click();
    },
  },
  {
    name: 'team-remove',
    role: 'admin',
    open: async (page, slug) => {
      await page.goto(teamPath(slug));
      await page.getByRole('link', { name: 'Devi Developer' }).click();
      await page.goto(`${page.url()}/remove`);
    },
  },
  {
    name: 'team-leave',
    role: 'admin',
    open: (page, slug) => page.goto(`${teamPath(slug)}/leave`),
  },
  { name: 'account', role: 'admin', open: (page) => page.goto('/account') },
  {
    name: 'account-refused',
    role: 'admin',
    open: (page) => refusedForm(page, '/account', 'Change password'),
  },
  {
    name: 'invitation',
    role: 'admin',
    open: async (page, slug) => {
      const address = await invited(page, slug);
      await page.context().clearCookies();
      await page.goto(address);
    },
  },
  {
    name: 'invitation-of-another',
    role: 'admin',
    open: async (page, slug) => page.goto(await invited(page, slug)),
  },
  { name: 'invitation-unknown', open: (page) => page.goto(`/invitations/${'0'.repeat(64)}`) },
  {
    name: 'audit-log',
    role: 'admin',
    open: (page, slug) => page.goto(`/${slug}/settings/audit-log`),
  },
  {
    name: 'audit-log-none-found',
    role: 'admin',
    open: (page, slug) => page.goto(`/${slug}/settings/audit-log?target=no-such&from=x`),
  },
  { name: 'settings', role: 'admin', open: (page, slug) => page.goto(`/${slug}/settings`) },
  {
    name: 'settings-security',
    role: 'owner',
    open: (page, slug) => page.goto(`/${slug}/settings/security`),
  },
  { name: 'notices', role: 'admin', open: (page, slug) => page.goto(noticesPath(slug)) },
  {
    name: 'webhook-add',
    role: 'admin',
    open: (page, slug) => page.goto(`${noticesPath(slug)}/new`),
  },
  {
    name: 'webhook-add-refused',
    role: 'admin',
    open: (page, slug) => refusedForm(page, `${noticesPath(slug)}/new`, 'Add webhook'),
  },
  {
    name: 'webhook-added',
    role: 'admin',
    open: (page, slug) => addWebhook(page, slug, 'http://127.0.0.1:9/tour?token=1'),
  },
  { name: 'webhook', role: 'admin', open: testedWebhook },
  {
    name: 'webhook-rotate',
    role: 'admin',
    open: async (page, slug) => {
      await testedWebhook(page, slug);
      await link(page, 'New secret').click();
      await expect(heading(page, 'New signing secret')).toBeVisible();
    },
  },
  {
    name: 'webhook-remove',
    role: 'admin',
    open: async (page, slug) => {
      await testedWebhook(page, slug);
      await link(page, 'Remove').click();
      await expect(heading(page, 'Remove webhook')).toBeVisible();
    },
  },
  {
    name: 'isolation',
    role: 'owner',
    open: (page, slug) => page.goto(`/${slug}/settings/isolation`),
  },
  {
    name: 'second-factor',
    role: 'admin',
    open: (page) => page.goto('/account/second-factor'),
  },
  { name: 'not-found', role: 'admin', open: (page, slug) => page.goto(`/${slug}/no-such-page`) },
  {
    name: 'forbidden',
    role: 'viewer',
    open: (page, slug) => page.goto(`${keysPath(slug)}/new`),
  },
  ...repStops,
];

/** Declares one test for each page; `look` runs when it is open. */
export function tour(
  title: string,
  look: (page: Page, name: string, scripts: boolean) => Promise<void>,
): void {
  for (const { name, role, open } of stops) {
    test(`${title}: ${name}`, async ({ page, signIn, signInAs, javaScriptEnabled }) => {
      const { organization, admin } = home();
      if (role === 'admin') await signInAs(page, admin);
      if (role === 'viewer' || role === 'owner') await signIn(page, role, organization.slug);
      await open(page, organization.slug);
      await look(page, name, javaScriptEnabled !== false);
    });
  }
}
