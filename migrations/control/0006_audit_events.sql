-- Every change, written by the transaction that makes it.
CREATE TABLE audit_events (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    at              timestamptz NOT NULL DEFAULT now(),
    actor_user_id   uuid NOT NULL REFERENCES users,
    action          text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    target_id       uuid NOT NULL,
    -- The changed fields, never a secret.
    details         jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_events_organization_idx ON audit_events (organization_id, at DESC);
CREATE INDEX audit_events_target_idx ON audit_events (organization_id, target_id, at DESC);

CREATE FUNCTION app.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit_events EXECUTE FUNCTION app.refuse_change();

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_events_tenant ON audit_events TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
GRANT SELECT, INSERT ON audit_events TO latchkey_app;
