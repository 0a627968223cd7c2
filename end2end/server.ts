// Starts a Latchkey of its own for the tests, with a database of its own, and stops it afterwards.
// With LATCHKEY_DATA_DIR set, the tests use the demo server that runs on that directory instead.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = resolve(__dirname, '..');
const startLimit = 180_000;
const stopLimit = 20_000;

export default async function start(): Promise<(() => Promise<void>) | void> {
  if (process.env.LATCHKEY_DATA_DIR) return;

  const binary = resolve(root, process.env.LATCHKEY_BIN || 'target/release/latchkey');
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  // As root the database runs as another user, who must get through here.
  await chmod(directory, 0o711);
  const [dashboard, api, internal] = await freePorts(3);

  const results = join(__dirname, 'test-results');
  await mkdir(results, { recursive: true });
  const log = await open(join(results, 'server.log'), 'w');
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    LATCHKEY_DASHBOARD_ADDR: `127.0.0.1:${dashboard}`,
    LATCHKEY_API_ADDR: `127.0.0.1:${api}`,
    LATCHKEY_INTERNAL_ADDR: `127.0.0.1:${internal}`,
    LATCHKEY_DATA_DIR: directory,
    // Webhooks lead to the tests themselves.
    LATCHKEY_WEBHOOK_NETWORKS: '127.0.0.1',
  };
  // Never a database that somebody uses.
  delete environment.DATABASE_URL;

  const server = spawn(binary, ['serve', '--demo'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', log.fd, log.fd],
  });
  const stop = async () => {
    await end(server);
    await log.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await ready(server, `http://127.0.0.1:${internal}/readyz`);
  } catch (error) {
    await stop();
    throw error;
  }
  process.env.LATCHKEY_DATA_DIR = directory;
  return stop;
}

/** Waits until the server says that it is ready, and says meanwhile that it waits. */
async function ready(server: ChildProcess, url: string): Promise<void> {
  const started = Date.now();
  let failure: Error | undefined;
  server.once('error', (error) => (failure = error));
  for (let told = 0; ; ) {
    if (failure) throw new Error(`cannot start the server: ${failure.message}`);
    if (server.exitCode !== null || server.signalCode !== null) {
      throw new Error(`the server stopped by itself (${server.exitCode ?? server.signalCode})`);
    }
    const answer = await fetch(url).catch(() => undefined);
    const elapsed = Date.now() - started;
    if (answer?.ok) {
      console.log(`server ready after ${(elapsed / 1000).toFixed(1)} s`);
      return;
    }
    if (elapsed > startLimit) throw new Error(`the server is not ready after ${startLimit / 1000} s`);
    if (elapsed - told >= 5_000) {
      told = elapsed;
      console.log(`waiting for the server, ${Math.round(elapsed / 1000)} s`);
    }
    await sleep(200);
  }
}

/** Asks the server to end, so that its database ends too; kills it when it does not. */
async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  server.kill('SIGTERM');
  const patience = new AbortController();
  const late = sleep(stopLimit, 'late', { signal: patience.signal }).catch(() => 'ended');
  if ((await Promise.race([exit, late])) === 'late') {
    console.log(`the server did not end within ${stopLimit / 1000} s: killing it`);
    server.kill('SIGKILL');
    await exit;
  }
  patience.abort();
}

/** Ports that nobody listens on. They are held together, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const listeners = await Promise.all(
    Array.from({ length: count }, async () => {
      const listener = createServer().listen(0, '127.0.0.1');
      await once(listener, 'listening');
      return listener;
    }),
  );
  return Promise.all(
    listeners.map(async (listener) => {
      const address = listener.address();
      listener.close();
      await once(listener, 'close');
      if (address === null || typeof address === 'string') throw new Error('no port');
      return address.port;
    }),
  );
}
