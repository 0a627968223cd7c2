-- What the key directories in memory must read again. A row names its transaction: a reader
-- takes all changes from the oldest transaction that was still open at its last look
-- (pg_snapshot_xmin), so one that commits late is never skipped, as it would be behind a
-- sequence.
CREATE TABLE key_change (
    xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
    entity    text NOT NULL CHECK (entity IN ('organizations', 'channels', 'api_keys')),
    entity_id uuid NOT NULL,
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX key_change_xid_idx ON key_change (xid);

-- Runs as its owner, so that whoever changes a key, by whatever statement, leaves the note.
-- The notification carries nothing: it only wakes readers up.
CREATE FUNCTION app.note_key_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO key_change (entity, entity_id) VALUES (TG_TABLE_NAME, OLD.id);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.id <> OLD.id) THEN
        INSERT INTO key_change (entity, entity_id) VALUES (TG_TABLE_NAME, NEW.id);
    END IF;
    PERFORM pg_notify('latchkey_key_change', '');
    RETURN NULL;
END
$$;

CREATE FUNCTION app.note_key_truncate() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% cannot be truncated: running nodes would go on accepting its keys', TG_TABLE_NAME
        USING HINT = 'Use DELETE, which they are told of.';
END
$$;

CREATE TRIGGER note_key_change AFTER INSERT OR DELETE OR UPDATE OF id, slug, profile, status, external_id
    ON organizations FOR EACH ROW EXECUTE FUNCTION app.note_key_change();
CREATE TRIGGER note_key_change AFTER INSERT OR DELETE OR UPDATE OF id, organization_id, status
    ON channels FOR EACH ROW EXECUTE FUNCTION app.note_key_change();
CREATE TRIGGER note_key_change AFTER INSERT OR DELETE OR UPDATE
    ON api_keys FOR EACH ROW EXECUTE FUNCTION app.note_key_change();
CREATE TRIGGER note_key_truncate BEFORE TRUNCATE ON organizations EXECUTE FUNCTION app.note_key_truncate();
CREATE TRIGGER note_key_truncate BEFORE TRUNCATE ON channels EXECUTE FUNCTION app.note_key_truncate();
CREATE TRIGGER note_key_truncate BEFORE TRUNCATE ON api_keys EXECUTE FUNCTION app.note_key_truncate();

-- Rows that arrive by replication fire only such triggers.
ALTER TABLE organizations ENABLE ALWAYS TRIGGER note_key_change;
ALTER TABLE channels ENABLE ALWAYS TRIGGER note_key_change;
ALTER TABLE api_keys ENABLE ALWAYS TRIGGER note_key_change;

GRANT SELECT ON key_change TO latchkey_validator;
GRANT DELETE ON key_change TO latchkey_validator;
