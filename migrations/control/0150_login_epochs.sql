-- A login's token ends with the password by which it was given: it names the number that stood at its
-- user then. Directories hold that number beside the channels that act as somebody, and are told of a
-- new one as of a change of membership.
CREATE FUNCTION app.note_user_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO key_change (entity, entity_id) VALUES ('members', NEW.id);
    PERFORM pg_notify('latchkey_key_change', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER note_key_change AFTER UPDATE OF session_epoch ON users FOR EACH ROW
    WHEN (OLD.session_epoch <> NEW.session_epoch) EXECUTE FUNCTION app.note_user_change();
ALTER TABLE users ENABLE ALWAYS TRIGGER note_key_change;

CREATE POLICY users_validator ON users FOR SELECT TO latchkey_validator USING (true);
GRANT SELECT (id, session_epoch) ON users TO latchkey_validator;
