// What the vendor's reps do on their pages.
import { randomUUID } from 'node:crypto';
import { demo } from './demo';
import { expect, fillSignIn, type Page } from './fixtures';
import { button, heading, post } from './pages';

export const tenants = '/rep/tenants';

export async function signInAsRep(page: Page): Promise<void> {
  const rep = demo().users.find(({ role }) => role === 'rep');
  if (!rep) throw new Error('the demo data lacks a rep');
  await page.goto('/login');
  await fillSignIn(page, rep.email, rep.password);
  await expect(heading(page, 'Tenants')).toBeVisible();
}

export function newSlug(): string {
  return `t-${randomUUID().slice(0, 8)}`;
}

export async function saved(page: Page): Promise<void> {
  await button(page, 'Save and go on').click();
}

export interface Wanted {
  slug: string;
  api: string;
  test?: boolean;
  partner?: boolean;
}

export interface HandOver {
  invitation: string;
  claim: string;
}

/** Fills the steps in up to the last one, which lists the answers. */
export async function fillSteps(page: Page, { slug, api, test, partner }: Wanted): Promise<void> {
  await page.goto(tenants);
  await button(page, 'New tenant').click();
  await page.getByLabel('Name', { exact: true }).fill(`Clinic ${slug}`);
  await page.getByLabel('Name in addresses').fill(slug);
  await saved(page);
  await page.getByLabel(api, { exact: true }).check();
  await page.getByLabel('Plan').selectOption('pro');
  await page.getByLabel('Live', { exact: true }).check();
  if (test) await page.getByLabel('Test', { exact: true }).check();
  await saved(page);
  if (partner) {
    await page.getByLabel('Partner approval: signed on').fill('2026-01-31');
    await page.getByLabel('Partner approval: reference').fill('PA-7');
    await page.getByLabel('Partner approval: signer').fill('Dr. Sign');
  }
  await saved(page);
  await page.getByLabel('E-mail').fill(`first@${slug}.example`);
  await saved(page);
  await expect(heading(page, 'Check answers')).toBeVisible();
}

export async function provision(page: Page, wanted: Wanted): Promise<HandOver> {
  await fillSteps(page, wanted);
  return handedOver(page, wanted.slug, 'Provision tenant');
}

/** Presses the button that makes the links, and gives them. */
export async function handedOver(page: Page, slug: string, pressed: string): Promise<HandOver> {
  const answer = await post(page, button(page, pressed));
  expect(answer.headers()['cache-control']).toBe('no-store');
  await expect(heading(page, `Clinic ${slug} is ready`)).toBeVisible();
  const shown = async (id: string) => (await page.getByTestId(id).innerText()).trim();
  const [invitation, claim] = [await shown('invitation-link'), await shown('claim-link')];
  expect(claim).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/claims\/[0-9a-f]{64}$/);
  return { invitation, claim };
}
