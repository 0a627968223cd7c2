// Calls to the API by the real curl.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { Organization } from './demo';

export interface Answer {
  status: number;
  body: string;
}

/** What an unknown, disabled or revoked key gets, byte for byte. */
export const refusal = '{"detail":"Invalid or missing API key"}';

// A configuration file of our own makes curl report the status of commands that do not ask for
// it, and keeps the developer's settings and proxies out.
let configuration: string | undefined;
function curlHome(): string {
  if (!configuration) {
    configuration = mkdtempSync(join(tmpdir(), 'latchkey-curl-'));
    process.once('exit', () => rmSync(configuration as string, { recursive: true, force: true }));
    writeFileSync(
      join(configuration, '.curlrc'),
      'silent\nshow-error\nnoproxy = "*"\nmax-time = 20\nwrite-out = "\\n%{http_code}"\n',
    );
  }
  return configuration;
}

function run(program: string, args: string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const environment = { ...process.env, CURL_HOME: curlHome() };
    execFile(program, args, { env: environment, timeout: 30_000 }, (error, output, messages) => {
      if (error) return reject(new Error(`${program} failed: ${messages || error.message}`));
      const end = output.lastIndexOf('\n');
      resolve({ status: Number(output.slice(end + 1)), body: output.slice(0, end) });
    });
  });
}

/** Runs a printed command as it stands, the way somebody pastes it. */
export function runSnippet(command: string): Promise<Answer> {
  return run('sh', ['-c', command]);
}

/** The organization's first collection, with this key. */
export function call(organization: Organization, key: string): Promise<Answer> {
  return run('curl', ['-H', `x-api-key: ${key}`, `${organization.base_url}/patients`]);
}

export async function expectAccepted(organization: Organization, key: string): Promise<void> {
  const answer = await call(organization, key);
  expect(answer, 'the key is accepted').toMatchObject({ status: 200 });
  expect(JSON.parse(answer.body)).toHaveProperty('data');
}

export async function expectRefused(organization: Organization, key: string): Promise<void> {
  expect(await call(organization, key)).toEqual({ status: 401, body: refusal });
}
