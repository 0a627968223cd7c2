-- A second factor: codes from an app on somebody's phone.
CREATE TABLE second_factors (
    user_id      uuid PRIMARY KEY REFERENCES users,
    -- The secret that the codes are made from, encrypted under a key that is not in the database.
    secret       bytea NOT NULL CHECK (octet_length(secret) BETWEEN 29 AND 128),
    -- None: it has been shown, and no code has been typed in yet. It counts for nothing so far.
    confirmed_at timestamptz,
    -- The half minute whose code was used last: that code and older ones are worth nothing.
    last_step    bigint
);

-- For when the phone is lost. Each works once.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES second_factors ON DELETE CASCADE,
    digest  bytea NOT NULL CHECK (octet_length(digest) = 32),
    used_at timestamptz,
    PRIMARY KEY (user_id, digest)
);

ALTER TABLE second_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE second_factors FORCE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE recovery_codes FORCE ROW LEVEL SECURITY;
-- Asked before any organization is entered.
CREATE POLICY second_factors_auth ON second_factors TO latchkey_auth USING (true);
CREATE POLICY recovery_codes_auth ON recovery_codes TO latchkey_auth USING (true);
GRANT SELECT, INSERT, DELETE ON second_factors, recovery_codes TO latchkey_auth;
GRANT UPDATE (secret, confirmed_at, last_step) ON second_factors TO latchkey_auth;
GRANT UPDATE (used_at) ON recovery_codes TO latchkey_auth;

CREATE POLICY audit_events_second_factor ON audit_events FOR INSERT TO latchkey_auth
    WITH CHECK (
        organization_id = (SELECT app.organization_id())
        AND actor_user_id = target_id
        AND action IN ('user.second_factor_set_up', 'user.second_factor_removed', 'user.recovery_code_used')
    );
