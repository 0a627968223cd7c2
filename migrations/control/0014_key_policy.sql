-- What a key demands of its callers beyond its text, and how it ends.
ALTER TABLE api_keys
    -- Refused before this moment.
    ADD COLUMN not_before       timestamptz,
    -- From where it may be used; empty means from anywhere.
    ADD COLUMN allowed_networks cidr[] NOT NULL DEFAULT '{}' CHECK (cardinality(allowed_networks) <= 64),
    -- Requests a minute; null means any number.
    ADD COLUMN rate_limit       integer CHECK (rate_limit > 0),
    -- The former text of the key that this names, still accepted while its callers move to the new
    -- one. Being a row of its own, it is counted, expires and is revoked like any key.
    ADD COLUMN draining_of      uuid,
    ADD COLUMN revoked_reason   text CHECK (length(revoked_reason) BETWEEN 1 AND 200),
    ADD CHECK (revoked_reason IS NULL OR revoked_at IS NOT NULL),
    ADD CHECK (draining_of IS NULL OR (draining_of <> id AND expires_at IS NOT NULL)),
    ADD FOREIGN KEY (organization_id, draining_of) REFERENCES api_keys (organization_id, id);
CREATE INDEX api_keys_draining_of_idx ON api_keys (organization_id, draining_of) WHERE draining_of IS NOT NULL;

GRANT UPDATE (expires_at, not_before, allowed_networks, rate_limit, secret_required, revoked_reason)
    ON api_keys TO latchkey_app;
GRANT SELECT (not_before, allowed_networks, rate_limit, draining_of) ON api_keys TO latchkey_validator;
