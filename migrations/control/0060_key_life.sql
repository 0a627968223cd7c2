-- A key's former texts go with it.
ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_organization_id_draining_of_fkey,
    ADD CONSTRAINT api_keys_organization_id_draining_of_fkey
        FOREIGN KEY (organization_id, draining_of) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE,
    -- One of the form's words, and up to 200 characters of the person's own.
    DROP CONSTRAINT api_keys_revoked_reason_check,
    ADD CONSTRAINT api_keys_revoked_reason_check CHECK (length(revoked_reason) BETWEEN 1 AND 250);

-- A key that came from elsewhere with a prefix of its own gets ours when it is regenerated.
GRANT UPDATE (scopes, prefix) ON api_keys TO latchkey_app;

-- Whoever holds a key may revoke it, without being anybody that we know.
ALTER TABLE audit_events
    DROP CONSTRAINT audit_events_actor_kind_check,
    ADD CONSTRAINT audit_events_actor_kind_check CHECK (actor_kind IN ('member', 'rep', 'operator', 'holder'));
