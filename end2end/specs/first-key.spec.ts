// The main job: from signing in to a key that works, and to its end.
import { expectAccepted, expectRefused, call, refusal, runSnippet } from '../api';
import { home } from '../demo';
import { expect, expectAlive, test } from '../fixtures';
import {
  button,
  chartTotals,
  channelsPath,
  finishReveal,
  heading,
  keyPath,
  link,
  post,
  printedCommand,
  revealedKey,
  sum,
  unique,
} from '../pages';

test('from signing in to a working key, and to its end', async ({
  page,
  visit,
  signInAs,
  javaScriptEnabled,
}) => {
  const { organization, admin } = home();
  await signInAs(page, admin);

  const first = await test.step('a channel with its first key', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Channels' }).click();
    await link(page, 'Add channel').click();
    await page.getByLabel('Name', { exact: true }).fill(unique('Front desk'));
    await expect(page.getByLabel('Create its first API key now')).toBeChecked();
    const answer = await post(page, button(page, 'Add channel'));
    expect(answer.status()).toBe(200);
    expect(answer.headers()['cache-control']).toContain('no-store');
    if (javaScriptEnabled !== false) await expectAlive(page);
    const key = await revealedKey(page);
    expect(key).toMatch(/^dph_live_[0-9A-Za-z]{32}$/);
    return key;
  });

  await test.step('the printed command works as it stands', async () => {
    const command = await printedCommand(page);
    expect(command).toContain(first);
    const answer = await runSnippet(command);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toHaveProperty('data');
  });

  const id = await finishReveal(page);
  const name = await page.getByRole('heading', { level: 1 }).innerText();

  await test.step('the graph shows a call within two seconds', async () => {
    await visit(page, `${keyPath(organization.slug, id)}?range=1h`);
    const figure = page.getByRole('main').locator('figure').first();
    const before = sum(await chartTotals(figure));
    await expectAccepted(organization, first);
    const called = Date.now();
    // When the last page without it was asked for: how long pages take to be drawn is another matter.
    let missing = called;
    await expect(async () => {
      const asked = Date.now();
      await page.reload({ waitUntil: 'domcontentloaded' });
      const shown = sum(await chartTotals(figure));
      if (shown <= before) missing = asked;
      expect(shown).toBeGreaterThan(before);
    }).toPass({ timeout: 15_000, intervals: [50] });
    expect(missing - called, 'milliseconds until the graph shows it').toBeLessThan(2_000);
  });

  const second = await test.step('regenerate: the old key ends at once', async () => {
    await link(page, 'Regenerate').click();
    await expect(heading(page, `Regenerate ${name}`)).toBeVisible();
    await page.getByLabel('Now', { exact: true }).check();
    await button(page, 'Regenerate key').click();
    const key = await revealedKey(page);
    expect(key).not.toBe(first);
    await expectRefused(organization, first);
    await expectAccepted(organization, key);
    await finishReveal(page);
    return key;
  });

  await test.step('revoke: the new key ends too', async () => {
    await link(page, 'Revoke').click();
    await expect(heading(page, `Revoke ${name}`)).toBeVisible();
    await page.getByLabel(`Type ${name} to confirm`).fill(name);
    await button(page, 'Revoke key').click();
    await expect(page.locator('.banner').getByText('Key revoked')).toBeVisible();
    expect(await call(organization, second)).toEqual({ status: 401, body: refusal });
  });

  await visit(page, channelsPath(organization.slug));
});
