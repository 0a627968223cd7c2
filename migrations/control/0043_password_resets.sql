-- Letters by which somebody who has forgotten their password chooses another. The letter holds a
-- random token; only its SHA-256 is kept, so reading this table signs nobody in.
CREATE TABLE password_resets (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id    uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX password_resets_user_id_idx ON password_resets (user_id);

ALTER TABLE password_resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE password_resets FORCE ROW LEVEL SECURITY;
CREATE POLICY password_resets_auth ON password_resets TO latchkey_auth USING (true);
GRANT SELECT, INSERT, DELETE ON password_resets TO latchkey_auth;
