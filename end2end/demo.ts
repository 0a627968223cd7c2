// What the demo server says about itself: addresses, people and organizations.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Account {
  email: string;
  password: string;
  role: string;
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

const mayChange = ['admin', 'owner'];

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the demo data lacks ${what}`);
  return value;
}

export function organizationBySlug(slug: string): Organization {
  return found(
    demo().organizations.find((organization) => organization.slug === slug),
    `the organization ${slug}`,
  );
}

function isMember(email: string, slug: string): boolean {
  return demo().users.some((user) => user.email === email && user.organization === slug);
}

/** Somebody with this role in this organization. */
export function account(role: string, slug: string): Account {
  return found(
    demo().users.find((user) => user.role === role && user.organization === slug),
    `a user with the role ${role} in ${slug}`,
  );
}

/** The organization of most journeys, and somebody who may change things there. */
export function home(): { organization: Organization; admin: Account } {
  for (const organization of demo().organizations) {
    if (organization.profile !== 'delphos') continue;
    const admin = adminOf(organization);
    if (admin) return { organization, admin };
  }
  throw new Error('the demo data lacks a delphos organization with an admin');
}

function adminOf(organization: Organization): Account | undefined {
  return demo().users.find(
    (user) => user.organization === organization.slug && mayChange.includes(user.role),
  );
}

/** Two organizations with an admin each, of whom the first has no part in the second. */
export function strangers(): { insider: Account; outsider: Account } {
  for (const outsider of demo().users.filter((user) => mayChange.includes(user.role))) {
    for (const insider of demo().users.filter((user) => mayChange.includes(user.role))) {
      if (!isMember(outsider.email, insider.organization)) return { insider, outsider };
    }
  }
  throw new Error('the demo data lacks two organizations without a common admin');
}

/** Somebody with more than one organization, and those organizations. */
export function traveller(): { account: Account; organizations: Organization[] } {
  for (const user of demo().users) {
    const own = demo().users.filter(({ email }) => email === user.email);
    if (own.length > 1) {
      return {
        account: user,
        organizations: own.map(({ organization }) => organizationBySlug(organization)),
      };
    }
  }
  throw new Error('the demo data lacks a user with two organizations');
}

/** Somebody with one organization only. */
export function homebody(): Account {
  return found(
    demo().users.find(
      (user) => demo().users.filter(({ email }) => email === user.email).length === 1,
    ),
    'a user with one organization',
  );
}
