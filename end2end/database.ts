// The test server's own database, for what only time brings about.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

function run(sql: string, values: Record<string, string>): void {
  const directory = process.env.LATCHKEY_DATA_DIR;
  if (!directory) throw new Error('LATCHKEY_DATA_DIR is not set');
  const socket = join(directory, 'postgres', 'socket');
  const variables = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const options = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', socket, '-U', 'latchkey', '-d', 'latchkey'];
  execFileSync('psql', [...options, ...variables], { input: sql });
}

/** Lets the invitation of this address run out. */
export function expireInvitation(email: string): void {
  run("update invitations set expires_at = now() - interval '1 minute' where email = :'email';", {
    email,
  });
}
