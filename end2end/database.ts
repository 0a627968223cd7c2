// The test server's own database, for what only time brings about.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { home, type Member } from './demo';

function run(sql: string, values: Record<string, string>): void {
  const directory = process.env.LATCHKEY_DATA_DIR;
  if (!directory) throw new Error('LATCHKEY_DATA_DIR is not set');
  const socket = join(directory, 'postgres', 'socket');
  const variables = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const options = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-h', socket, '-U', 'latchkey', '-d', 'latchkey'];
  execFileSync('psql', [...options, ...variables], { input: sql });
}

/** Lets the claim links of this organization run out. */
export function expireClaim(slug: string): void {
  run(
    `update key_claims set expires_at = now() - interval '1 minute'
     where organization_id = (select id from organizations where slug = :'slug');`,
    { slug },
  );
}

/** Lets the invitation of this address run out. */
export function expireInvitation(email: string): void {
  run("update invitations set expires_at = now() - interval '1 minute' where email = :'email';", {
    email,
  });
}

/** An organization that no other test uses, with an owner and an admin. */
export function newTenant(): { slug: string; owner: Member; admin: Member } {
  const slug = `t-${randomUUID().slice(0, 8)}`;
  const { admin: known } = home();
  run(
    `with organization as (
       insert into organizations (id, slug, name, profile)
       values (gen_random_uuid(), :'slug', :'slug', 'delphos') returning id
     ), person as (
       insert into users (id, email, name, password_hash)
       select gen_random_uuid(), role || '@' || :'slug' || '.example', initcap(role) || ' of ' || :'slug',
              password_hash
       from users, unnest(array['owner', 'admin']) as role where email = :'known'
       returning id, split_part(email, '@', 1) as role
     )
     insert into members (organization_id, user_id, role)
     select organization.id, person.id, role from organization, person;`,
    { slug, known: known.email },
  );
  const member = (role: string): Member => ({
    email: `${role}@${slug}.example`,
    password: known.password,
    role,
    organization: slug,
  });
  return { slug, owner: member('owner'), admin: member('admin') };
}

/** Lets ten minutes pass since this person gave their password. */
export function forgetProof(email: string): void {
  run(
    `update tower_sessions.session
     set data = convert_to(regexp_replace(convert_from(data, 'UTF8'), '"proved_at":\\d+', '"proved_at":0'), 'UTF8')
     where position((select id::text from users where email = :'email') in convert_from(data, 'UTF8')) > 0;`,
    { email },
  );
}

/** What the command line prints for somebody who has forgotten their password: the link's path. */
export function resetLink(email: string): string {
  const root = resolve(__dirname, '..');
  const binary = resolve(root, process.env.LATCHKEY_BIN || 'target/release/latchkey');
  const { DATABASE_URL: _, ...env } = process.env;
  const options = { encoding: 'utf8', env } as const;
  const printed = execFileSync(binary, ['users', 'reset-password', email], options);
  return new URL(printed.trim()).pathname;
}
