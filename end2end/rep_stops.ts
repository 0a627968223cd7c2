// The reps' pages, and those that their links open.
import { expect, type Page } from './fixtures';
import { button, heading, link, liftLimits, formWith, problems } from './pages';
import { fillSteps, newSlug, provision, saved, signInAsRep, tenants } from './reps';

type Open = (page: Page) => Promise<unknown>;

async function started(page: Page): Promise<void> {
  await signInAsRep(page);
  await button(page, 'New tenant').click();
  await expect(heading(page, 'Organization')).toBeVisible();
}

async function checked(page: Page): Promise<void> {
  await signInAsRep(page);
  await fillSteps(page, { slug: newSlug(), api: 'NovaMed', partner: true });
}

/** The step of this name, of a draft that is filled in. */
async function step(page: Page, name: string): Promise<void> {
  await checked(page);
  await page.goto(new URL(page.url()).pathname.replace(/check$/, name));
}

async function refusedStep(page: Page, name: string): Promise<void> {
  await step(page, name);
  for (const field of await page.locator('main form input[type=text], main form input[type=date]').all()) {
    await field.fill('');
  }
  await page.locator('main form input').last().fill(name === 'approvals' ? 'Dr. Sign' : '<b>');
  await liftLimits(formWith(page, 'Save and go on'));
  await saved(page);
  await expect(problems(page)).toBeVisible();
}

async function handedOver(page: Page) {
  await signInAsRep(page);
  return provision(page, { slug: newSlug(), api: 'NovaMed', test: true, partner: true });
}

async function tenantPage(page: Page, part: string): Promise<void> {
  await signInAsRep(page);
  await page.goto(`${tenants}/st-mary${part}`);
}

/** The form for new links, of a tenant whose owner has not come. */
async function newLinks(page: Page): Promise<void> {
  await signInAsRep(page);
  const slug = newSlug();
  await provision(page, { slug, api: 'NovaMed' });
  await page.goto(`${tenants}/${slug}/links`);
}

/** The claim's page for the one whom it is for. */
async function claim(page: Page): Promise<void> {
  const links = await handedOver(page);
  await page.context().clearCookies();
  await page.goto(links.invitation);
  await page.getByLabel('Your name').fill('Fay First');
  await page.getByLabel('New password', { exact: true }).fill('a password of some length');
  await button(page, 'Accept invitation').click();
  await page.goto(links.claim);
  await expect(button(page, 'Reveal the key')).toBeVisible();
}

export const repStops: { name: string; open: Open }[] = [
  { name: 'tenants', open: signInAsRep },
  {
    name: 'tenants-none-found',
    open: async (page) => {
      await signInAsRep(page);
      await page.goto(`${tenants}?q=nobody`);
    },
  },
  { name: 'tenant-organization', open: started },
  { name: 'tenant-organization-refused', open: (page) => refusedStep(page, 'organization') },
  { name: 'tenant-plan', open: (page) => step(page, 'plan') },
  { name: 'tenant-approvals-step', open: (page) => step(page, 'approvals') },
  { name: 'tenant-approvals-step-refused', open: (page) => refusedStep(page, 'approvals') },
  { name: 'tenant-admin', open: (page) => step(page, 'admin') },
  { name: 'tenant-check', open: checked },
  {
    name: 'tenants-with-drafts',
    open: async (page) => {
      await checked(page);
      await page.goto(tenants);
    },
  },
  { name: 'tenant-ready', open: handedOver },
  {
    name: 'tenant-approvals',
    open: async (page) => {
      await signInAsRep(page);
      await page.goto(`${tenants}/st-mary/approvals`);
    },
  },
  {
    name: 'tenant-approval',
    open: async (page) => {
      await signInAsRep(page);
      await page.goto(`${tenants}/st-mary/approvals`);
      await link(page, 'Correct BAA').click();
    },
  },
  {
    name: 'tenant-terms',
    open: async (page) => {
      await signInAsRep(page);
      await page.goto(`${tenants}/st-mary/terms`);
    },
  },
  { name: 'tenant', open: (page) => tenantPage(page, '') },
  { name: 'tenant-suspend', open: (page) => tenantPage(page, '/suspend') },
  { name: 'tenant-links', open: newLinks },
  { name: 'tenant-visit', open: (page) => tenantPage(page, '/visit') },
  {
    name: 'rep-isolation',
    open: async (page) => {
      await signInAsRep(page);
      await page.goto('/rep/isolation');
    },
  },
  { name: 'claim', open: claim },
  {
    name: 'claim-signed-out',
    open: async (page) => {
      const links = await handedOver(page);
      await page.context().clearCookies();
      await page.goto(links.claim);
    },
  },
  {
    name: 'claim-of-another',
    open: async (page) => page.goto((await handedOver(page)).claim),
  },
  { name: 'claim-unknown', open: (page) => page.goto(`/claims/${'0'.repeat(64)}`) },
];
