-- A note of a key's change names the text that the key had, so that directories find that text
-- without keeping a way from ids to texts in memory.
ALTER TABLE key_change
    ADD COLUMN digest bytea,
    DROP CONSTRAINT key_change_entity_check,
    ADD CONSTRAINT key_change_entity_check CHECK (entity IN ('organizations', 'channels', 'api_keys', 'members'));

CREATE FUNCTION app.note_api_key_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO key_change (entity, entity_id, digest) VALUES ('api_keys', OLD.id, OLD.digest);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.id <> OLD.id) THEN
        INSERT INTO key_change (entity, entity_id) VALUES ('api_keys', NEW.id);
    END IF;
    PERFORM pg_notify('latchkey_key_change', '');
    RETURN NULL;
END
$$;
DROP TRIGGER note_key_change ON api_keys;
CREATE TRIGGER note_key_change AFTER INSERT OR DELETE OR UPDATE
    ON api_keys FOR EACH ROW EXECUTE FUNCTION app.note_api_key_change();
ALTER TABLE api_keys ENABLE ALWAYS TRIGGER note_key_change;

-- A channel's keys may do no more than the person that it acts as.
DROP TRIGGER note_key_change ON channels;
CREATE TRIGGER note_key_change AFTER INSERT OR DELETE OR UPDATE OF id, organization_id, status, acting_user_id
    ON channels FOR EACH ROW EXECUTE FUNCTION app.note_key_change();
ALTER TABLE channels ENABLE ALWAYS TRIGGER note_key_change;

CREATE FUNCTION app.note_member_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO key_change (entity, entity_id) VALUES ('members', OLD.user_id);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.user_id <> OLD.user_id) THEN
        INSERT INTO key_change (entity, entity_id) VALUES ('members', NEW.user_id);
    END IF;
    PERFORM pg_notify('latchkey_key_change', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER note_key_change AFTER INSERT OR DELETE OR UPDATE
    ON members FOR EACH ROW EXECUTE FUNCTION app.note_member_change();
CREATE TRIGGER note_key_truncate BEFORE TRUNCATE ON members EXECUTE FUNCTION app.note_key_truncate();
ALTER TABLE members ENABLE ALWAYS TRIGGER note_key_change;

-- For how long an organization's keys are accepted without word from the database, by which a
-- revocation would come.
ALTER TABLE organizations
    ADD COLUMN staleness_limit_s integer NOT NULL DEFAULT 60 CHECK (staleness_limit_s BETWEEN 1 AND 3600);
DROP TRIGGER note_key_change ON organizations;
CREATE TRIGGER note_key_change
    AFTER INSERT OR DELETE OR UPDATE OF id, slug, profile, status, external_id, staleness_limit_s
    ON organizations FOR EACH ROW EXECUTE FUNCTION app.note_key_change();
ALTER TABLE organizations ENABLE ALWAYS TRIGGER note_key_change;

CREATE POLICY members_validator ON members FOR SELECT TO latchkey_validator USING (true);
GRANT SELECT (organization_id, user_id, role) ON members TO latchkey_validator;
GRANT SELECT (acting_user_id) ON channels TO latchkey_validator;
GRANT SELECT (created_at) ON api_keys TO latchkey_validator;
GRANT SELECT (staleness_limit_s) ON organizations TO latchkey_validator;
