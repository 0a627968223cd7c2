// The vendor's staff looks after a tenant, and the tenant can see what they did.
import { execFileSync } from 'node:child_process';
import { demo, home, type Organization } from '../demo';
import { expect, fillSignIn, test, type Page } from '../fixtures';
import { button, heading, keysPath, link, post, problems, unique } from '../pages';

type Visit = (page: Page, path: string) => Promise<unknown>;

/** Signs in as the vendor's staff, who belong to no organization. */
async function signInAsRep(page: Page, visit: Visit): Promise<void> {
  const rep = demo().users.find(({ organization }) => organization === null);
  if (!rep) throw new Error('the demo data lacks a rep');
  await visit(page, '/login');
  await fillSignIn(page, rep.email, rep.password);
  await expect(heading(page, 'Tenants')).toBeVisible();
}

/** Whether the API lets the organization's key in, to an address that it does not have. */
function isLetIn({ base_url, api_key }: Organization): boolean {
  const url = new URL(`${base_url}/nothing`);
  const options = ['-s', '-o', '/dev/null', '-w', '%{http_code}'];
  const local = ['--resolve', `${url.hostname}:${url.port}:127.0.0.1`];
  const key = ['-H', `x-api-key: ${api_key}`];
  const status = execFileSync('curl', [...options, ...local, ...key, url.href], { encoding: 'utf8' });
  expect(['401', '403', '404']).toContain(status);
  return status === '404';
}

test('suspending reaches the API at once, and so does restoring', async ({
  page,
  visit,
  javaScriptEnabled,
}) => {
  // Each way of running has an organization of its own, so that they do not meet.
  const profile = javaScriptEnabled === false ? 'novamed' : 'deliverty';
  const tenant = demo().organizations.find((one) => one.profile === profile);
  if (!tenant) throw new Error(`no organization of ${profile}`);
  await signInAsRep(page, visit);
  await visit(page, `/rep/tenants/${tenant.slug}`);
  expect(isLetIn(tenant)).toBe(true);
  await link(page, 'Suspend').click();
  await button(page, 'Suspend').click();
  await page.getByLabel('Reason').fill('Invoice 17');
  await page.getByLabel(/^Type .* to confirm$/).fill('something else');
  await post(page, button(page, 'Suspend'));
  await expect(problems(page)).toBeVisible();
  await expect(page.getByLabel('Reason')).toHaveValue('Invoice 17');
  await page.getByLabel(/^Type .* to confirm$/).fill(tenant.name);
  await button(page, 'Suspend').click();
  await expect(page.getByText(/All of its keys: refused on 1\/1 node after \d+ ms/)).toBeVisible();
  expect(isLetIn(tenant)).toBe(false);
  await link(page, 'Restore').click();
  await page.getByLabel('Reason').fill('Paid');
  await page.getByLabel(/^Type .* to confirm$/).fill(tenant.name);
  await button(page, 'Restore').click();
  await expect(page.getByText('its keys are accepted again')).toBeVisible();
  expect(isLetIn(tenant)).toBe(true);
});

test('a visit needs a reason, shows a banner, ends, and stands in the log of the tenant', async ({
  page,
  browser,
  visit,
  watch,
  signInAs,
  baseURL,
  javaScriptEnabled,
}) => {
  const { organization, admin } = home();
  const { slug } = organization;
  const reason = unique('Ticket');
  await signInAsRep(page, visit);
  await visit(page, `/rep/tenants/${slug}`);
  await link(page, 'Enter').click();
  await expect(heading(page, `Enter ${organization.name}`)).toBeVisible();
  await page.getByLabel('Reason').fill(reason);
  await button(page, 'Enter').click();
  await expect(heading(page, 'Overview')).toBeVisible();
  await visit(page, keysPath(slug));
  await expect(page.getByText(`You are visiting ${organization.name} as vendor staff`)).toBeVisible();
  await expect(link(page, 'Create key')).toHaveCount(0);
  await button(page, 'Leave').click();
  await expect(page.getByText('You have left the organization')).toBeVisible();

  const elsewhere = await browser.newContext({ baseURL, javaScriptEnabled });
  watch(elsewhere);
  const there = await elsewhere.newPage();
  await signInAs(there, admin);
  await visit(there, `/${slug}/settings/audit-log`);
  const row = there.getByRole('row').filter({ hasText: reason });
  await expect(row).toContainText('Rep entered');
  await expect(row).toContainText('Vendor staff');
  await elsewhere.close();
});

test('an owner proves that no other tenant gets at the data', async ({ page, visit, signIn }) => {
  const { slug } = home().organization;
  await signIn(page, 'owner', slug);
  await visit(page, `/${slug}/settings/isolation`);
  await post(page, button(page, 'Run the proof'));
  await expect(page.getByText('Nothing was let through')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'public.api_keys' }).first()).toBeVisible();
});
