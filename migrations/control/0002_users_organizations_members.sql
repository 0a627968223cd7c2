CREATE TABLE users (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    password_hash text NOT NULL,
    is_rep        boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_email_key UNIQUE (email)
);

CREATE TABLE organizations (
    id          uuid PRIMARY KEY,
    slug        text NOT NULL CHECK (slug ~ '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$'),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    profile     text NOT NULL,
    status      text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
    -- The vendor's own number for this tenant, such as NovaMed's clinic_id.
    external_id text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT organizations_slug_key UNIQUE (slug)
);

CREATE TABLE members (
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL REFERENCES users,
    role            text NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX members_user_id_idx ON members (user_id);

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;

-- The sub-select is evaluated once a query instead of once a row.
CREATE POLICY organizations_tenant ON organizations TO latchkey_app
    USING (id = (SELECT app.organization_id()));
CREATE POLICY members_tenant ON members TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
-- Fellow members only, so that pages can name who made a key.
CREATE POLICY users_tenant ON users FOR SELECT TO latchkey_app
    USING (EXISTS (SELECT FROM members WHERE members.user_id = users.id));
-- Who somebody is and where they belong is asked before any organization is entered.
CREATE POLICY users_auth ON users TO latchkey_auth USING (true);
CREATE POLICY organizations_auth ON organizations FOR SELECT TO latchkey_auth USING (true);
CREATE POLICY members_auth ON members FOR SELECT TO latchkey_auth USING (true);
CREATE POLICY users_rep ON users TO latchkey_rep USING (true);
CREATE POLICY organizations_rep ON organizations TO latchkey_rep USING (true);
CREATE POLICY members_rep ON members TO latchkey_rep USING (true);
CREATE POLICY organizations_validator ON organizations FOR SELECT TO latchkey_validator USING (true);

GRANT SELECT ON organizations, members TO latchkey_app, latchkey_auth;
GRANT SELECT (id, email, name) ON users TO latchkey_app;
GRANT SELECT ON users TO latchkey_auth;
GRANT UPDATE (password_hash) ON users TO latchkey_auth;
GRANT SELECT, INSERT ON organizations, members TO latchkey_rep;
GRANT SELECT (id, email, name, is_rep), INSERT ON users TO latchkey_rep;
GRANT SELECT (id, slug, profile, status, external_id) ON organizations TO latchkey_validator;
