// What a key is called and bound to can change; its text stays.
import { call, expectAccepted } from '../api';
import { home, type Organization } from '../demo';
import { expect, test } from '../fixtures';
import {
  button,
  createStoredKey,
  formValues,
  formWith,
  heading,
  keyPath,
  link,
  post,
  postValues,
  problems,
  unique,
} from '../pages';

let organization: Organization;

test.beforeEach(async ({ page, signInAs }) => {
  const { organization: own, admin } = home();
  organization = own;
  await signInAs(page, admin);
});

test('a changed key is the same key with other rights', async ({ page }) => {
  const { key } = await createStoredKey(page, organization.slug, unique('Before'));
  const name = unique('After');
  await link(page, 'Edit').click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Expires').selectOption('30');
  await page.getByLabel('Requests a minute').fill('600');
  await button(page, 'Save').click();
  await expect(page.locator('.banner').getByText('Key saved')).toBeVisible();
  await expect(heading(page, name)).toBeVisible();
  await expect(page.getByText('Key edited')).toBeVisible();
  await expectAccepted(organization, key);

  // From somewhere else only.
  await link(page, 'Edit').click();
  await expect(page.getByLabel('Requests a minute')).toHaveValue('600');
  await page.getByLabel('Allowed networks').fill('203.0.113.0/24');
  await button(page, 'Save').click();
  await expect(page.locator('.banner').getByText('Key saved')).toBeVisible();
  expect((await call(organization, key)).status).toBe(403);
});

test('what cannot be is said beside the field, and what was typed stays', async ({ page }) => {
  await createStoredKey(page, organization.slug, unique('Wrong'));
  await link(page, 'Edit').click();
  await page.getByLabel('Allowed networks').fill('10.0.0.0/8\nnowhere');
  await page.getByLabel('Requests a minute').fill('0');
  const answer = await post(page, button(page, 'Save'));
  expect(answer.status()).toBe(422);
  await expect(problems(page)).toContainText('Line 2');
  await expect(page.getByLabel('Allowed networks')).toHaveValue('10.0.0.0/8\nnowhere');
  await expect(page.getByLabel('Requests a minute')).toHaveValue('0');
});

test('who saves over somebody else is told first', async ({ page }) => {
  const { id } = await createStoredKey(page, organization.slug, unique('Shared'));
  const path = `${keyPath(organization.slug, id)}/edit`;
  await page.goto(path);
  const form = formWith(page, 'Save');
  const theirs = { ...(await formValues(form)), name: unique('Theirs') };
  expect((await postValues(page, path, theirs)).status()).toBe(303);

  const mine = unique('Mine');
  await page.getByLabel('Name', { exact: true }).fill(mine);
  const answer = await post(page, button(page, 'Save'));
  expect(answer.status()).toBe(422);
  await expect(page.getByText('Saved in the meantime', { exact: true })).toBeVisible();
  await expect(page.getByText(theirs.name).first()).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(mine);
  await button(page, 'Save').click();
  await expect(heading(page, mine)).toBeVisible();
});
