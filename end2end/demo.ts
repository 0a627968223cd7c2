// What the demo server says about itself: addresses, people and organizations.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Account {
  email: string;
  password: string;
  role: string;
  /** Its slug; missing for people of the vendor, who belong to none. */
  organization: string | null;
}

export interface Member extends Account {
  organization: string;
}

export interface Organization {
  profile: string;
  slug: string;
  name: string;
  base_url: string;
  api_key: string | null;
}

export interface Demo {
  dashboard: string;
  api: string;
  internal: string;
  users: Account[];
  organizations: Organization[];
}

let read: Demo | undefined;

export function demo(): Demo {
  const directory = process.env.LATCHKEY_DATA_DIR;
  if (!directory) throw new Error('LATCHKEY_DATA_DIR is not set');
  read ??= JSON.parse(readFileSync(join(directory, 'demo.json'), 'utf8')) as Demo;
  return read;
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the demo data lacks ${what}`);
  return value;
}

function memberships(email?: string): Member[] {
  return demo().users.filter(
    (user): user is Member =>
      user.organization !== null && (email === undefined || user.email === email),
  );
}

function organizationBySlug(slug: string): Organization {
  return found(
    demo().organizations.find((organization) => organization.slug === slug),
    `the organization ${slug}`,
  );
}

/** Somebody with this role in this organization, and in no other. */
export function account(role: string, slug: string): Member {
  const candidates = memberships().filter(({ organization }) => organization === slug);
  return found(
    candidates.find((user) => user.role === role && memberships(user.email).length === 1),
    `a user with the role ${role} in ${slug} only`,
  );
}

/** The organization of most journeys, and its admin. */
export function home(): { organization: Organization; admin: Member } {
  const organization = found(
    demo().organizations.find(({ profile }) => profile === 'delphos'),
    'an organization with the profile delphos',
  );
  return { organization, admin: account('admin', organization.slug) };
}

/** An admin of another organization. */
export function neighbour(): Member {
  const { organization } = home();
  const other = demo().organizations.find(({ slug }) => slug !== organization.slug);
  return account('admin', found(other, 'a second organization').slug);
}

/** Somebody with more than one organization, and those organizations. */
export function traveller(): { account: Member; organizations: Organization[] } {
  const many = memberships().find(({ email }) => memberships(email).length > 1);
  const account = found(many, 'a user with two organizations');
  const own = memberships(account.email).map(({ organization }) => organization);
  return { account, organizations: own.map(organizationBySlug) };
}
