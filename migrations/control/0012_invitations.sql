-- Letters that let somebody join an organization. The letter holds a random token; only its
-- SHA-256 is kept, so reading this table lets nobody in.
CREATE TABLE invitations (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    email           text NOT NULL CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
    role            text NOT NULL CHECK (role IN ('owner', 'admin', 'developer', 'viewer')),
    token_hash      bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    -- Of the form that invited: sent twice, it finds its token taken.
    form_token      uuid NOT NULL,
    -- How often a letter was made. A form that saw another number is refused as a repetition.
    letters         integer NOT NULL DEFAULT 1 CHECK (letters > 0),
    invited_by      uuid NOT NULL REFERENCES users,
    created_at      timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    accepted_at     timestamptz,
    accepted_by     uuid REFERENCES users,
    revoked_at      timestamptz,
    CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    CHECK (accepted_at IS NULL OR revoked_at IS NULL),
    CONSTRAINT invitations_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT invitations_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invitations_form_token_key UNIQUE (organization_id, form_token)
);
-- One open invitation for each address; a new letter of it makes the one before worthless.
CREATE UNIQUE INDEX invitations_open_key ON invitations (organization_id, email)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- The hash of the token that somebody has presented; NULL matches no invitation.
CREATE FUNCTION app.invitation_hash() RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT decode(nullif(current_setting('app.invitation_hash', true), ''), 'hex') $$;

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;

CREATE POLICY invitations_tenant ON invitations TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
-- Accepting happens before anybody belongs to an organization. It sees one invitation, the one
-- whose token was presented, and closes it only for the person whose address it bears.
CREATE POLICY invitations_presented ON invitations FOR SELECT TO latchkey_auth
    USING (token_hash = (SELECT app.invitation_hash()));
CREATE POLICY invitations_accept ON invitations FOR UPDATE TO latchkey_auth
    USING (token_hash = (SELECT app.invitation_hash()) AND accepted_at IS NULL AND revoked_at IS NULL)
    WITH CHECK (EXISTS (SELECT FROM users WHERE users.id = accepted_by AND users.email = invitations.email));
CREATE POLICY members_join ON members FOR INSERT TO latchkey_auth
    WITH CHECK (EXISTS (
        SELECT FROM invitations
        WHERE invitations.organization_id = members.organization_id
          AND invitations.role = members.role
          AND invitations.accepted_by = members.user_id
    ));
-- Restrictive: the role's older policy on users lets everything through.
CREATE POLICY users_invited ON users AS RESTRICTIVE FOR INSERT TO latchkey_auth
    WITH CHECK (NOT is_rep AND EXISTS (SELECT FROM invitations WHERE invitations.email = users.email));
-- Such people write about themselves only.
CREATE POLICY audit_events_self ON audit_events FOR INSERT TO latchkey_auth
    WITH CHECK (
        organization_id = (SELECT app.organization_id())
        AND actor_user_id = target_id
        AND action IN ('member.joined', 'user.password_changed')
    );

-- Without the token's hash: whoever works inside an organization never needs it back.
GRANT SELECT (id, organization_id, email, role, form_token, letters, invited_by, created_at, expires_at,
              accepted_at, accepted_by, revoked_at) ON invitations TO latchkey_app;
GRANT INSERT ON invitations TO latchkey_app;
GRANT UPDATE (token_hash, letters, expires_at, revoked_at) ON invitations TO latchkey_app;
GRANT SELECT ON invitations TO latchkey_auth;
GRANT UPDATE (accepted_at, accepted_by) ON invitations TO latchkey_auth;
GRANT INSERT (organization_id, user_id, role) ON members TO latchkey_auth;
GRANT INSERT (id, email, name, password_hash) ON users TO latchkey_auth;
GRANT INSERT ON audit_events TO latchkey_auth;

-- Roles are changed and members removed by their own organization.
GRANT UPDATE (role), DELETE ON members TO latchkey_app;
