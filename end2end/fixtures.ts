// The `test` of every journey: a page that is watched, and people who can sign in.
import {
  test as base,
  expect,
  type BrowserContext,
  type Cookie,
  type Page,
  type Response,
} from '@playwright/test';
import { account, demo, type Member } from './demo';

export { expect } from '@playwright/test';
export type { Locator, Page, Response } from '@playwright/test';

interface Fixtures {
  /** Opens an address of the dashboard and waits until it is in working order. */
  visit: (page: Page, path: string) => Promise<Response>;
  /** Signs in as somebody with this role in this organization, and goes there. */
  signIn: (page: Page, role: string, organization: string) => Promise<Member>;
  signInAs: (page: Page, account: Member) => Promise<void>;
  /** Watches a further context as the test's own one is watched. */
  watch: (context: BrowserContext) => void;
}

interface WorkerFixtures {
  sessions: Map<string, Cookie[]>;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  baseURL: async ({}, use) => use(demo().dashboard),

  // Signing in is slow on purpose and limited per account: once per worker and person is enough.
  sessions: [async ({}, use) => use(new Map()), { scope: 'worker' }],

  watch: [
    async ({ context, javaScriptEnabled }, use) => {
      const scripts = javaScriptEnabled !== false;
      const watchers = [watchContext(context, scripts)];
      await use((further) => {
        watchers.push(watchContext(further, scripts));
      });
      for (const watcher of watchers) {
        if (scripts) await expectIslands(watcher.context);
        expect(watcher.problems(), 'the browser has nothing to complain about').toEqual([]);
      }
    },
    { auto: true },
  ],

  visit: async ({ javaScriptEnabled }, use) => {
    await use(async (page, path) => {
      const response = await page.goto(path);
      if (!response) throw new Error(`no answer for ${path}`);
      if (javaScriptEnabled !== false) await expectAlive(page);
      return response;
    });
  },

  signInAs: async ({ sessions, visit }, use) => {
    await use(async (page, who) => {
      const known = sessions.get(who.email);
      if (known) {
        await page.context().addCookies(known);
        await visit(page, `/${who.organization}`);
      } else {
        await visit(page, `/login?next=/${who.organization}`);
        await fillSignIn(page, who.email, who.password);
        await page.waitForURL(`**/${who.organization}`);
        const cookies = await page.context().cookies();
        sessions.set(who.email, cookies.filter(({ httpOnly }) => httpOnly));
      }
      await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
    });
  },

  signIn: async ({ signInAs }, use) => {
    await use(async (page, role, organization) => {
      const who = account(role, organization);
      await signInAs(page, who);
      return who;
    });
  },
});

export async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The browser's own code runs. Forms work without it, so nothing else would tell. */
export async function expectAlive(page: Page): Promise<void> {
  await expect(page.locator('html'), 'islands run').toHaveAttribute('data-islands', 'alive');
}

/** The page that each tab shows in the end must be alive too, however it was reached. */
async function expectIslands(context: BrowserContext): Promise<void> {
  for (const page of context.pages()) {
    if (!page.isClosed() && page.url().startsWith(demo().dashboard)) await expectAlive(page);
  }
}

interface Watcher {
  context: BrowserContext;
  problems: () => string[];
}

/** Collects whatever the browser finds wrong with the pages of this context. */
function watchContext(context: BrowserContext, scripts: boolean): Watcher {
  const found: string[] = [];
  const refusedPages = new Set<string>();
  const networkLines: { url: string; text: string }[] = [];
  const origin = new URL(demo().dashboard).origin;

  context.on('weberror', (event) => found.push(`uncaught: ${event.error().stack}`));
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol.startsWith('http') && asked !== origin) {
      found.push(`request to another origin: ${request.url()}`);
    }
  });
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // Leaving a page ends what it still loads.
    if (reason.includes('ERR_ABORTED')) return;
    // With scripts switched off, the browser refuses to fetch them.
    if (!scripts && request.resourceType() === 'script') return;
    // Going back to the answer to a form, which the browser was told not to store.
    if (request.isNavigationRequest() && reason.includes('ERR_CACHE_MISS')) return;
    found.push(`${reason}: ${request.url()}`);
  });
  context.on('response', (response) => {
    const isPage = response.request().isNavigationRequest();
    if (isPage && response.status() >= 400 && response.status() < 500) {
      refusedPages.add(response.url());
    } else if (response.status() >= 400) {
      found.push(`status ${response.status()}: ${response.url()}`);
    }
  });
  context.on('console', (message) => {
    const text = message.text();
    const url = message.location().url;
    if (text.startsWith('Failed to load resource')) networkLines.push({ url, text });
    // Violations of the content security policy are reported here as errors too.
    else if (message.type() === 'error') found.push(`console: ${text} (${url})`);
    else if (/content security policy/i.test(text)) found.push(`console: ${text} (${url})`);
  });

  return {
    context,
    problems: () => [
      ...found,
      ...networkLines
        .filter(({ url }) => !refusedPages.has(url))
        .map(({ url, text }) => `console: ${text} (${url})`),
    ],
  };
}
