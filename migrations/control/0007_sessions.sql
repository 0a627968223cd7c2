-- Where the session store keeps its rows; the layout is the store's own. The id is a hash:
-- reading this table signs nobody in.
CREATE SCHEMA tower_sessions;
CREATE TABLE tower_sessions.session (
    id          text PRIMARY KEY NOT NULL,
    data        bytea NOT NULL,
    expiry_date timestamptz NOT NULL
);
CREATE INDEX session_expiry_date_idx ON tower_sessions.session (expiry_date);
GRANT USAGE ON SCHEMA tower_sessions TO latchkey_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON tower_sessions.session TO latchkey_auth;
