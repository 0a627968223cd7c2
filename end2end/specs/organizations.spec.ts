import { demo, homebody, traveller } from '../demo';
import { expect, test } from '../fixtures';
import { heading, link } from '../pages';

test('somebody with two organizations chooses between them', async ({ page, visit, signInAs }) => {
  const { account, organizations } = traveller();
  await signInAs(page, account);
  for (const organization of organizations) {
    await page.getByRole('link', { name: 'Switch organization' }).click();
    await expect(heading(page, 'Organizations')).toBeVisible();
    await expect(page).toHaveURL(`${demo().dashboard}/`);
    await link(page, new RegExp(organization.name)).click();
    await expect(heading(page, 'Overview')).toBeVisible();
    await expect(page).toHaveURL(new RegExp(`/${organization.slug}$`));
    await expect(page).toHaveTitle(`Overview · ${organization.name} · Latchkey`);
  }
  await visit(page, '/');
  const others = demo().organizations.filter((one) => !organizations.includes(one));
  for (const other of others) {
    await expect(page.getByText(other.name, { exact: true })).toHaveCount(0);
  }
});

test('somebody with one organization is led to it', async ({ page, visit, signInAs }) => {
  const who = homebody();
  await signInAs(page, who);
  await visit(page, '/');
  await expect(page).toHaveURL(new RegExp(`/${who.organization}$`));
});
