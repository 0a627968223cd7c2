-- Documents that are being moved to another database, and those that were. A write takes the shared
-- side of a lock; whoever moves documents takes the other side for the last moments, and leaves a mark
-- before letting go. A copy that is not whole yet has such a mark, too. So every write is either copied or refused: LK001, or 55P03 after two seconds.
CREATE TABLE datastore.departures (
    organization_id uuid NOT NULL,
    environment     text NOT NULL CHECK (environment IN ('live', 'test')),
    -- Where they have gone.
    datastore       text NOT NULL,
    left_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, environment)
);

ALTER TABLE datastore.departures ENABLE ROW LEVEL SECURITY;
ALTER TABLE datastore.departures FORCE ROW LEVEL SECURITY;
CREATE POLICY departures_tenant ON datastore.departures TO latchkey_app
    USING (organization_id = (SELECT datastore.organization_id()));
GRANT SELECT, INSERT, DELETE ON datastore.departures TO latchkey_app;

CREATE FUNCTION datastore.move_lock(organization_id uuid, environment text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT hashtextextended('datastore.move ' || organization_id || ' ' || environment, 0) $$;

CREATE FUNCTION datastore.stay_or_refuse() RETURNS trigger
    LANGUAGE plpgsql SET lock_timeout = '2s'
    AS $$
DECLARE
    changed datastore.documents;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    -- Whoever moves documents sets this, and holds the lock.
    IF current_setting('datastore.moves', true) IS DISTINCT FROM 'on' THEN
        PERFORM pg_advisory_xact_lock_shared(datastore.move_lock(changed.organization_id, changed.environment));
        -- A statement of its own: it sees what was committed while the lock was waited for.
        IF EXISTS (SELECT FROM datastore.departures AS gone
                   WHERE gone.organization_id = changed.organization_id
                     AND gone.environment = changed.environment) THEN
            RAISE EXCEPTION 'the documents have moved' USING ERRCODE = 'LK001';
        END IF;
    END IF;
    RETURN changed;
END
$$;
CREATE TRIGGER stay_or_refuse BEFORE INSERT OR UPDATE OR DELETE ON datastore.documents
    FOR EACH ROW EXECUTE FUNCTION datastore.stay_or_refuse();
