CREATE TABLE channels (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    status          text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'INACTIVE', 'SUSPENDED')),
    -- Whose permissions the channel's keys carry, and as whom their calls are recorded.
    acting_user_id  uuid,
    created_by      uuid NOT NULL REFERENCES users,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT channels_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT channels_organization_id_name_key UNIQUE (organization_id, name),
    FOREIGN KEY (organization_id, acting_user_id) REFERENCES members (organization_id, user_id)
);

CREATE TABLE api_keys (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    channel_id      uuid,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    environment     text NOT NULL CHECK (environment IN ('live', 'test')),
    scopes          text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 32),
    status          text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'DISABLED', 'REVOKED')),
    -- What is kept of the key's text: enough to recognize it, never enough to use it.
    prefix          text NOT NULL CHECK (length(prefix) BETWEEN 1 AND 32),
    last_four       text NOT NULL CHECK (length(last_four) = 4),
    digest          bytea NOT NULL CHECK (octet_length(digest) = 32),
    pepper_version  smallint NOT NULL,
    -- The second half of a pair; the same rule.
    secret_digest   bytea CHECK (octet_length(secret_digest) = 32),
    secret_required boolean NOT NULL DEFAULT false,
    expires_at      timestamptz,
    created_by      uuid NOT NULL REFERENCES users,
    created_at      timestamptz NOT NULL DEFAULT now(),
    -- When the text was last made: creation, then each regeneration.
    issued_at       timestamptz NOT NULL DEFAULT now(),
    revoked_at      timestamptz,
    CHECK ((status = 'REVOKED') = (revoked_at IS NOT NULL)),
    CHECK (NOT secret_required OR secret_digest IS NOT NULL),
    CONSTRAINT api_keys_digest_key UNIQUE (digest),
    CONSTRAINT api_keys_organization_id_id_key UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, channel_id) REFERENCES channels (organization_id, id)
);
CREATE INDEX api_keys_organization_id_created_at_idx ON api_keys (organization_id, created_at DESC, id);
CREATE INDEX api_keys_channel_idx ON api_keys (organization_id, channel_id);

-- A form that mints a key carries a random token: sent twice, it finds its token taken.
CREATE TABLE form_tokens (
    organization_id uuid NOT NULL REFERENCES organizations,
    token           uuid NOT NULL,
    key_id          uuid NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT form_tokens_pkey PRIMARY KEY (organization_id, token),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id)
);

ALTER TABLE channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE channels FORCE ROW LEVEL SECURITY;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE form_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE form_tokens FORCE ROW LEVEL SECURITY;

CREATE POLICY channels_tenant ON channels TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY api_keys_tenant ON api_keys TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY form_tokens_tenant ON form_tokens TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY channels_validator ON channels FOR SELECT TO latchkey_validator USING (true);
CREATE POLICY api_keys_validator ON api_keys FOR SELECT TO latchkey_validator USING (true);

GRANT SELECT, INSERT ON channels, api_keys, form_tokens TO latchkey_app;
GRANT UPDATE (name, status, acting_user_id) ON channels TO latchkey_app;
GRANT UPDATE (name, status, last_four, digest, pepper_version, secret_digest, issued_at, revoked_at)
    ON api_keys TO latchkey_app;
GRANT SELECT (id, organization_id, status) ON channels TO latchkey_validator;
GRANT SELECT (id, organization_id, channel_id, environment, scopes, status, digest, secret_digest,
              secret_required, expires_at) ON api_keys TO latchkey_validator;
