import { demo, home, traveller } from '../demo';
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
  const listed = page.getByRole('main').getByRole('row').getByRole('link');
  await expect(listed).toHaveText(organizations.map(({ name }) => name).sort());
});

test('somebody with one organization is led to it', async ({ page, visit, signInAs }) => {
  const { admin: who } = home();
  await signInAs(page, who);
  await visit(page, '/');
  await expect(page).toHaveURL(new RegExp(`/${who.organization}$`));
});
