import { runSnippet } from '../api';
import { home } from '../demo';
import { expect, expectAlive, test, type Page } from '../fixtures';
import { createKey, printedCommand, revealedKey, unique } from '../pages';

/** Waits for the first request of a new key, and makes it. */
async function noticesTheFirstRequest(page: Page, slug: string, name: string): Promise<void> {
  const key = await createKey(page, slug, unique(name));
  await expectAlive(page);
  const line = page.getByTestId('first-use');
  await expect(line).toContainText('Waiting for the first request');

  expect(await runSnippet(await printedCommand(page))).toMatchObject({ status: 200 });
  await expect(line).toContainText('First request received');
  // It is still the same page.
  expect(await revealedKey(page)).toBe(key);
}

/** What the page asks for by itself while it waits. */
function questions(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (/first[-_]use/.test(request.url())) asked.push(request.resourceType());
  });
  return asked;
}

test('the page hears of the first request by itself', async ({ page, signInAs }) => {
  const { organization, admin } = home();
  await signInAs(page, admin);
  const asked = questions(page);
  const answer = page.waitForResponse(/\/first-use$/);
  await noticesTheFirstRequest(page, organization.slug, 'Waiting');
  expect((await answer).headers()['content-type']).toContain('text/event-stream');
  expect(asked, 'it listens, and asks no more').toEqual(['eventsource']);
});

test('a browser that cannot listen asks', async ({ page, signInAs }) => {
  const { organization, admin } = home();
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'EventSource');
  });
  await signInAs(page, admin);
  const asked = questions(page);
  await noticesTheFirstRequest(page, organization.slug, 'Asking');
  expect(asked).not.toContain('eventsource');
});
