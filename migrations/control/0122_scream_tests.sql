-- Scream tests: a key is refused for a while, to see who notices, and works again by itself. That is
-- a condition beside its status, which nothing about a test ever changes: a key that is disabled or
-- revoked meanwhile stays so.
ALTER TABLE api_keys
    -- Of the latest test, which may be over. Former texts of a key have the same.
    ADD COLUMN scream_from timestamptz,
    ADD COLUMN scream_until timestamptz,
    ADD COLUMN scream_by uuid REFERENCES users,
    -- Until its end stands in the audit log.
    ADD COLUMN scream_open boolean NOT NULL DEFAULT false,
    ADD CHECK ((scream_from IS NULL) = (scream_until IS NULL) AND (scream_from IS NULL) = (scream_by IS NULL)),
    ADD CHECK (scream_until BETWEEN scream_from AND scream_from + interval '24 hours'),
    ADD CHECK (NOT scream_open OR scream_until IS NOT NULL);

CREATE INDEX api_keys_scream_open_idx ON api_keys (scream_until) WHERE scream_open;

GRANT UPDATE (scream_from, scream_until, scream_by, scream_open) ON api_keys TO latchkey_app;
GRANT SELECT (scream_until, scream_open) ON api_keys TO latchkey_validator;
