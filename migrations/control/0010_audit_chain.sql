-- Makes each organization's audit log a hash chain: every event holds the hash of the one before,
-- so that a row edited, removed, moved or slipped in afterwards is found, also by whoever has only
-- an export and no database.
--
-- The database builds the chain itself, in a trigger that runs as the owner: the roles that the
-- program works as can add an event, and have no say in its number, its time or its hashes.

-- Where each chain ends. Its row is the lock that puts an organization's events in order: it is
-- held until the transaction ends, so nothing else should be locked after it. Having it apart from
-- the events is what shows that the newest of them were taken away.
CREATE TABLE audit_heads (
    organization_id uuid PRIMARY KEY REFERENCES organizations,
    -- The number of the newest event; 0 before the first.
    seq             bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
    -- Its hash; 32 zero bytes before the first.
    hash            bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(hash) = 32)
);

ALTER TABLE audit_events
    ADD COLUMN seq           bigint,
    ADD COLUMN actor_kind    text NOT NULL DEFAULT 'member' CHECK (actor_kind IN ('member', 'rep')),
    -- From where the change was asked for, where that is known, and the request's number in the log.
    ADD COLUMN ip            inet,
    ADD COLUMN request_id    text CHECK (length(request_id) BETWEEN 1 AND 100),
    ADD COLUMN previous_hash bytea,
    ADD COLUMN hash          bytea;
ALTER TABLE audit_events ALTER COLUMN actor_kind DROP DEFAULT;

-- One field of what is hashed: its length in bytes as four bytes, highest first, then its text in
-- UTF-8. So no two lists of fields look the same. A field that is null has the length -1.
CREATE FUNCTION app.audit_field(field text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT CASE WHEN field IS NULL THEN int4send(-1)
            ELSE int4send(octet_length(convert_to(field, 'UTF8'))) || convert_to(field, 'UTF8') END
$$;

-- A time as it is hashed and exported: 2026-03-01T10:30:00.000000Z.
CREATE FUNCTION app.audit_time(at timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- SHA-256 over the event before and every field of this one. `domain::audit::chain` computes the
-- same from an export. Once used, it never changes; another encoding would be "latchkey.audit.2".
CREATE FUNCTION app.audit_hash(event audit_events) RETURNS bytea
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT sha256(
    app.audit_field('latchkey.audit.1')
    || app.audit_field(encode(event.previous_hash, 'hex'))
    || app.audit_field(event.organization_id::text)
    || app.audit_field(event.seq::text)
    || app.audit_field(event.id::text)
    || app.audit_field(app.audit_time(event.at))
    || app.audit_field(event.actor_kind)
    || app.audit_field(event.actor_user_id::text)
    || app.audit_field(event.action)
    || app.audit_field(event.target_id::text)
    || app.audit_field(event.details::text)
    || app.audit_field(abbrev(event.ip))
    || app.audit_field(event.request_id)
)
$$;

-- The owner need not be a superuser, and FORCE holds for owners: to chain what is there already,
-- this migration has to see it.
ALTER TABLE organizations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_events NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_events DISABLE TRIGGER refuse_change;
INSERT INTO audit_heads (organization_id) SELECT id FROM organizations;
DO $$
DECLARE
    event audit_events;
    head  audit_heads;
BEGIN
    FOR event IN SELECT * FROM audit_events ORDER BY organization_id, at, id LOOP
        SELECT * INTO STRICT head FROM audit_heads WHERE organization_id = event.organization_id;
        event.seq := head.seq + 1;
        event.previous_hash := head.hash;
        event.hash := app.audit_hash(event);
        UPDATE audit_events
           SET seq = event.seq, previous_hash = event.previous_hash, hash = event.hash
         WHERE id = event.id;
        UPDATE audit_heads SET seq = event.seq, hash = event.hash
         WHERE organization_id = event.organization_id;
    END LOOP;
END
$$;
ALTER TABLE audit_events ENABLE TRIGGER refuse_change;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;

ALTER TABLE audit_events
    ALTER COLUMN seq SET NOT NULL,
    ALTER COLUMN previous_hash SET NOT NULL,
    ALTER COLUMN hash SET NOT NULL,
    ADD CHECK (seq > 0),
    ADD CHECK (octet_length(previous_hash) = 32),
    ADD CHECK (octet_length(hash) = 32),
    ADD CONSTRAINT audit_events_organization_id_seq_key UNIQUE (organization_id, seq),
    -- These two lock a row of another table after the head, which is how two transactions come to
    -- wait for each other. The head vouches for the organization; and who did something stays on
    -- record also when the user is gone.
    DROP CONSTRAINT audit_events_organization_id_fkey,
    DROP CONSTRAINT audit_events_actor_user_id_fkey,
    ADD FOREIGN KEY (organization_id) REFERENCES audit_heads;
-- Numbers tell the order better than times.
DROP INDEX audit_events_organization_idx;
DROP INDEX audit_events_target_idx;
CREATE INDEX audit_events_target_idx ON audit_events (organization_id, target_id, seq DESC);
CREATE INDEX audit_events_actor_idx ON audit_events (organization_id, actor_user_id, seq DESC);
CREATE INDEX audit_events_action_idx ON audit_events (organization_id, action, seq DESC);
CREATE INDEX audit_events_at_idx ON audit_events (organization_id, at);

-- Whatever the statement says, the number, the time and the hashes are those of the chain.
CREATE FUNCTION app.chain_audit_event() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    head audit_heads;
BEGIN
    SELECT * INTO head FROM audit_heads WHERE organization_id = NEW.organization_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the organization % has no audit log', NEW.organization_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    NEW.seq := head.seq + 1;
    -- The time at which the event took its place, so that times follow the numbers.
    NEW.at := clock_timestamp();
    NEW.previous_hash := head.hash;
    NEW.hash := app.audit_hash(NEW);
    UPDATE audit_heads SET seq = NEW.seq, hash = NEW.hash WHERE organization_id = NEW.organization_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER chain_audit_event BEFORE INSERT ON audit_events
    FOR EACH ROW EXECUTE FUNCTION app.chain_audit_event();

CREATE FUNCTION app.open_audit_log() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO audit_heads (organization_id) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER open_audit_log AFTER INSERT ON organizations
    FOR EACH ROW EXECUTE FUNCTION app.open_audit_log();

-- A head goes forward, one at a time, and never away.
CREATE FUNCTION app.refuse_rewind() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.organization_id <> OLD.organization_id OR NEW.seq <> OLD.seq + 1 THEN
        RAISE EXCEPTION '% only goes forward', TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_rewind BEFORE UPDATE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION app.refuse_rewind();
CREATE TRIGGER refuse_change BEFORE DELETE ON audit_heads
    FOR EACH ROW EXECUTE FUNCTION app.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit_heads EXECUTE FUNCTION app.refuse_change();

-- A session that plays a replica fires only such triggers.
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER refuse_truncate;
ALTER TABLE audit_heads ENABLE ALWAYS TRIGGER refuse_rewind;
ALTER TABLE audit_heads ENABLE ALWAYS TRIGGER refuse_change;
ALTER TABLE audit_heads ENABLE ALWAYS TRIGGER refuse_truncate;

ALTER TABLE audit_heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_heads_tenant ON audit_heads FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
-- The triggers run as the owner, for whom FORCE holds where the owner is no superuser.
CREATE POLICY audit_heads_owner ON audit_heads TO CURRENT_USER USING (true);
GRANT SELECT ON audit_heads TO latchkey_app;

-- An event's place in the chain is not theirs to write.
REVOKE INSERT ON audit_events FROM latchkey_app;
GRANT INSERT (id, organization_id, actor_kind, actor_user_id, action, target_id, details, ip, request_id)
    ON audit_events TO latchkey_app;
