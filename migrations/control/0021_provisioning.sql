-- How reps provision organizations: a draft that is filled in step by step, and then, in one
-- transaction, the organization, its first invitation and a link by which whom it invites makes
-- the first key. The rep never sees that key.

-- The rep that the current transaction works for; NULL matches nobody's drafts.
CREATE FUNCTION app.rep_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.rep_id', true), '')::uuid $$;

CREATE TABLE tenant_drafts (
    id             uuid PRIMARY KEY,
    rep_id         uuid NOT NULL REFERENCES users,
    -- The fields as typed, each of which has passed its step's rules.
    answers        jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(answers) = 'object'),
    -- Where to go on.
    step           text NOT NULL DEFAULT 'organization'
        CHECK (step IN ('organization', 'plan', 'approvals', 'admin', 'check')),
    -- What has become of it. A form sent twice finds it here.
    provisioned_as uuid REFERENCES organizations,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tenant_drafts_rep_idx ON tenant_drafts (rep_id) WHERE provisioned_as IS NULL;

-- Links that let the invited person make the first key. Only the token's SHA-256 is kept.
CREATE TABLE key_claims (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    -- For whoever accepts it, and nobody else.
    invitation_id   uuid NOT NULL,
    token_hash      bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    created_by      uuid NOT NULL REFERENCES users,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    claimed_at      timestamptz,
    key_id          uuid,
    CHECK ((claimed_at IS NULL) = (key_id IS NULL)),
    CONSTRAINT key_claims_token_hash_key UNIQUE (token_hash),
    FOREIGN KEY (organization_id, invitation_id) REFERENCES invitations (organization_id, id),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id)
);
CREATE INDEX key_claims_invitation_idx ON key_claims (organization_id, invitation_id);

-- The hash of the token that somebody has presented; NULL matches no claim.
CREATE FUNCTION app.claim_hash() RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT decode(nullif(current_setting('app.claim_hash', true), ''), 'hex') $$;

ALTER TABLE tenant_drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_drafts FORCE ROW LEVEL SECURITY;
ALTER TABLE key_claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_claims FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant_drafts_own ON tenant_drafts TO latchkey_rep
    USING (rep_id = (SELECT app.rep_id()));
CREATE POLICY key_claims_tenant ON key_claims TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
-- Looking at a link sees the one claim whose token was presented, and its invitation.
CREATE POLICY key_claims_presented ON key_claims FOR SELECT TO latchkey_auth
    USING (token_hash = (SELECT app.claim_hash()));
CREATE POLICY invitations_claimed ON invitations FOR SELECT TO latchkey_auth
    USING (id = (SELECT invitation_id FROM key_claims WHERE token_hash = (SELECT app.claim_hash())));
CREATE POLICY key_claims_rep ON key_claims FOR INSERT TO latchkey_rep
    WITH CHECK (organization_id = (SELECT app.organization_id()));
-- Reps invite owners, in their own name, and never one of themselves: they hold no tenant's keys.
CREATE POLICY invitations_rep ON invitations FOR INSERT TO latchkey_rep
    WITH CHECK (
        organization_id = (SELECT app.organization_id())
        AND role = 'owner'
        AND EXISTS (SELECT FROM users WHERE users.id = invited_by AND users.is_rep)
        AND NOT EXISTS (SELECT FROM users WHERE users.email = invitations.email AND users.is_rep)
    );

GRANT SELECT, DELETE ON tenant_drafts TO latchkey_rep;
GRANT INSERT (id, rep_id) ON tenant_drafts TO latchkey_rep;
GRANT UPDATE (answers, step, provisioned_as, updated_at) ON tenant_drafts TO latchkey_rep;
GRANT SELECT (id, organization_id, invitation_id, expires_at, claimed_at, key_id) ON key_claims TO latchkey_app;
GRANT UPDATE (claimed_at, key_id) ON key_claims TO latchkey_app;
GRANT SELECT ON key_claims TO latchkey_auth;
GRANT INSERT (id, organization_id, invitation_id, token_hash, created_by, expires_at) ON key_claims TO latchkey_rep;
GRANT INSERT (id, organization_id, email, role, token_hash, form_token, invited_by, expires_at)
    ON invitations TO latchkey_rep;
