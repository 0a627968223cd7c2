// What is refused says why and keeps what was typed; whatever is a name may be one.
import { home, type Organization } from '../demo';
import { expect, test, type Locator, type Page } from '../fixtures';
import {
  addChannel,
  button,
  channelsPath,
  createStoredKey,
  formWith,
  heading,
  liftLimits,
  openCreateKey,
  post,
  problems,
  unique,
} from '../pages';

const refusedNames = {
  'an empty one': '',
  'only spaces': '   ',
  '10,000 characters': 'n'.repeat(10_000),
  markup: '<img src=x onerror=alert(1)>"\'</title>&amp;',
  'control characters': 'bell\u0007 and escape\u001b[31m',
};

const acceptedNames = {
  'quotes and entities': `O'Brien & "Sons" &lt;b&gt; %3Cb%3E`,
  emoji: '\u{1F469}\u{200D}\u{2695}\u{FE0F} \u{1F5DD}\u{FE0F}',
  'right to left': '\u05DE\u05E4\u05EA\u05D7 \u0645\u0641\u062A\u0627\u062D',
};

let organization: Organization;

test.beforeEach(async ({ page, signInAs }) => {
  const { organization: own, admin } = home();
  organization = own;
  await signInAs(page, admin);
});

/** Sets the value as it is: typing would leave characters out. */
async function setName(page: Page, value: string): Promise<Locator> {
  const field = page.getByLabel('Name', { exact: true });
  await field.evaluate((element, text) => {
    (element as HTMLInputElement).value = text;
  }, value);
  return field;
}

async function expectProblem(page: Page, field: Locator): Promise<void> {
  const summary = problems(page);
  await expect(summary).toBeVisible();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  const message = await summary.getByRole('link').first().innerText();
  await expect(field).toHaveAccessibleDescription(new RegExp(escape(message)));
  await summary.getByRole('link').first().click();
  await expect(field).toBeFocused();
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

for (const [what, name] of Object.entries(refusedNames)) {
  test(`a key's name is refused: ${what}`, async ({ page }) => {
    const channel = await addChannel(page, organization.slug, unique('Kept'));
    await openCreateKey(page, organization.slug, '', channel);
    await page.getByRole('radio', { name: 'Read only' }).check();
    const expires = page.getByLabel('Expires');
    const year = await expires.locator('option', { hasText: '1 year' }).getAttribute('value');
    await expires.selectOption(year);
    await liftLimits(formWith(page, 'Create key'));
    const field = await setName(page, name);
    const answer = await post(page, button(page, 'Create key'));

    expect(answer.status()).toBe(422);
    await expect(heading(page, 'Create key')).toBeVisible();
    await expectProblem(page, field);
    await expect(field).toHaveValue(name);
    await expect(page.locator('img[src=x]')).toHaveCount(0);
    await expect(page.getByLabel('Channel')).toHaveValue(channel);
    await expect(page.getByRole('radio', { name: 'Read only' })).toBeChecked();
    await expect(expires).toHaveValue(year as string);
    await expect(page.getByTestId('revealed-key')).toHaveCount(0);
  });

  test(`a channel's name is refused: ${what}`, async ({ page }) => {
    await page.goto(`${channelsPath(organization.slug)}/new`);
    await page.getByLabel('Create its first API key now').uncheck();
    await liftLimits(formWith(page, 'Add channel'));
    const field = await setName(page, name);
    const answer = await post(page, button(page, 'Add channel'));

    expect(answer.status()).toBe(422);
    await expect(heading(page, 'Add channel')).toBeVisible();
    await expectProblem(page, field);
    await expect(field).toHaveValue(name);
    await expect(page.getByLabel('Create its first API key now')).not.toBeChecked();
  });
}

for (const [what, text] of Object.entries(acceptedNames)) {
  test(`a name may be ${what}, and is shown as it is`, async ({ page }) => {
    const name = unique(text);
    await addChannel(page, organization.slug, name);
    expect(await heading(page, name).innerText()).toBe(name);
    await createStoredKey(page, organization.slug, name);
    expect(await heading(page, name).innerText()).toBe(name);
  });
}

test('a mended form goes through', async ({ page }) => {
  await openCreateKey(page, organization.slug, '');
  await liftLimits(formWith(page, 'Create key'));
  expect((await post(page, button(page, 'Create key'))).status()).toBe(422);
  await page.getByLabel('Name', { exact: true }).fill(unique('Mended'));
  await button(page, 'Create key').click();
  await expect(heading(page, 'Copy your API key')).toBeVisible();
});
