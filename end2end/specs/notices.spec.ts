// Notices: a webhook from its form to the program behind it.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { newTenant } from '../database';
import { expect, test } from '../fixtures';
import {
  addWebhook,
  button,
  createStoredKey,
  heading,
  link,
  noticesPath,
  post,
  problems,
  unique,
} from '../pages';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A program behind a webhook: refuses the first delivery, takes the others. */
async function receiver(): Promise<{ url: string; received: Received[]; server: Server }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(received.length === 1 ? 400 : 200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/keys`, received, server };
}

function signature(secret: string, { headers, body }: Received): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}

test('a webhook is told, and everything can be seen and sent again', async ({ page, signInAs }) => {
  const { slug, owner } = newTenant();
  const { url, received, server } = await receiver();
  try {
    await signInAs(page, owner);
    await page.goto(`/${slug}/settings`);
    await link(page, 'Notices').click();
    await expect(page.getByText('No webhooks yet')).toBeVisible();

    // What may not be is said, and what was typed stays.
    await link(page, 'Add webhook').click();
    await page.getByLabel('Address').fill('https://10.0.0.1/keys');
    expect((await post(page, button(page, 'Add webhook'))).status()).toBe(422);
    await expect(problems(page)).toContainText('This address is private');
    await expect(page.getByLabel('Address')).toHaveValue('https://10.0.0.1/keys');

    const secret = await addWebhook(page, slug, url);
    await page.reload();
    await expect(heading(page, 'This webhook was already added')).toBeVisible();
    await page.goto(noticesPath(slug));
    await link(page, url).click();
    await button(page, 'Send test').click();
    await expect.poll(() => received.length).toBe(1);
    const [first] = received;
    expect(first?.headers['webhook-signature']).toBe(signature(secret, first as Received));

    // It was refused, so that it waits. Switched off and on, it is sent again by hand.
    await expect(async () => {
      await page.reload();
      await expect(page.getByRole('cell', { name: '400' })).toBeVisible({ timeout: 500 });
    }).toPass();
    await button(page, 'Disable').click();
    await expect(page.getByText('Given up').first()).toBeVisible();
    await button(page, 'Enable').click();
    await button(page, /^Send again/).click();
    await expect.poll(() => received.length).toBe(2);
    expect(received[1]?.headers['webhook-id']).toBe(first?.headers['webhook-id']);

    const name = unique('Told');
    const { key, id } = await createStoredKey(page, slug, name);
    await page.goto(`/${slug}/settings/api-keys/${id}/revoke`);
    await button(page, 'Revoke key').click();
    await expect.poll(() => received.length).toBe(3);
    const told = JSON.parse(received[2]?.body ?? '{}');
    expect(told).toMatchObject({ type: 'key.revoked', data: { key: { id, name } } });
    expect(received[2]?.body).not.toContain(key);

    await page.goto(noticesPath(slug));
    await link(page, url).click();
    await expect(page.getByRole('row', { name: name })).toContainText('key.revoked');
    await link(page, 'Remove').click();
    await button(page, 'Remove webhook').click();
    await expect(page.getByText('Webhook removed')).toBeVisible();
  } finally {
    server.close();
  }
});

test('mail can be switched off', async ({ page, signInAs }) => {
  const { slug, owner } = newTenant();
  await signInAs(page, owner);
  await page.goto(noticesPath(slug));
  const box = page.getByLabel('Write to owners and admins before a key expires');
  await expect(box).toBeChecked();
  await box.uncheck();
  await button(page, 'Save').click();
  await expect(page.getByText('Notices saved')).toBeVisible();
  await expect(box).not.toBeChecked();
});
