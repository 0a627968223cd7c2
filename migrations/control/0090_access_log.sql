-- Calls of the API with a key that is known. One partition for each day, in UTC: the program makes
-- them ahead and drops what is older than it is told to keep.
--
-- No foreign keys: a row is written for each call, and key, channel and organization come out of the
-- key directory as the database has told them. What is deleted later leaves its calls behind, until
-- their day is dropped.
CREATE TABLE access_log (
    organization_id uuid NOT NULL,
    -- Of version 7: it begins with the milliseconds of `at`, so that a call is found by its id alone.
    request_id      uuid NOT NULL,
    at              timestamptz NOT NULL,
    key_id          uuid NOT NULL,
    channel_id      uuid,
    method          text NOT NULL,
    -- The path with {id} where it names one thing of many.
    endpoint        text NOT NULL,
    -- Without the query, which can hold anything.
    path            text NOT NULL,
    status          smallint NOT NULL,
    -- Why it was refused; none when the key was accepted, whatever came after.
    reason          text,
    duration_us     integer NOT NULL,
    ip              inet,
    user_agent      text,
    -- Which service answered, where it was not the program itself.
    datastore       text,
    node            text NOT NULL
) PARTITION BY RANGE (at);

-- A page of the log is read off one index, whatever it is filtered by.
CREATE INDEX access_log_time_idx ON access_log (organization_id, at, request_id);
CREATE INDEX access_log_key_idx ON access_log (organization_id, key_id, at, request_id);
CREATE INDEX access_log_ip_idx ON access_log (organization_id, ip, at, request_id);
CREATE INDEX access_log_refused_idx ON access_log (organization_id, at, request_id) WHERE reason IS NOT NULL;
CREATE INDEX access_log_reason_idx ON access_log (organization_id, reason, at, request_id)
    WHERE reason IS NOT NULL;

-- Calls that are not in the log because it could not be written as fast as they came.
CREATE TABLE access_log_gaps (
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    minute          timestamptz NOT NULL,
    calls           bigint NOT NULL CHECK (calls > 0),
    PRIMARY KEY (organization_id, minute)
);

ALTER TABLE access_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_log FORCE ROW LEVEL SECURITY;
ALTER TABLE access_log_gaps ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_log_gaps FORCE ROW LEVEL SECURITY;

CREATE POLICY access_log_tenant ON access_log FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY access_log_gaps_tenant ON access_log_gaps FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY access_log_gaps_validator ON access_log_gaps TO latchkey_validator USING (true);

GRANT SELECT ON access_log, access_log_gaps TO latchkey_app;
GRANT SELECT, INSERT, UPDATE ON access_log_gaps TO latchkey_validator;

-- Makes a day's partition where it is missing. It has no policies: COPY refuses tables that have.
-- Instead nobody but the writer has any right to it by its own name, and the writer may only add.
CREATE FUNCTION app.open_access_log_day(day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s'
    AS $$
DECLARE
    partition text := 'access_log_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Several nodes notice at the same midnight.
    PERFORM pg_advisory_xact_lock(hashtext('latchkey access log'));
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Made apart and attached: that waits for no reader.
    EXECUTE format('CREATE TABLE %I (LIKE access_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    EXECUTE format('ALTER TABLE access_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, day || ' 00:00+00', day + 1 || ' 00:00+00');
    EXECUTE format('GRANT INSERT ON %I TO latchkey_validator', partition);
END
$$;

-- Drops the days before this one.
CREATE FUNCTION app.drop_access_log_days(before date) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s'
    AS $$
DECLARE
    partition regclass;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('latchkey access log'));
    FOR partition IN
        SELECT inhrelid::regclass FROM pg_inherits
        WHERE inhparent = 'access_log'::regclass
          AND right(inhrelid::regclass::text, 8) < to_char(before, 'YYYYMMDD')
    LOOP
        EXECUTE format('DROP TABLE %s', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION app.open_access_log_day(date), app.drop_access_log_days(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.open_access_log_day(date), app.drop_access_log_days(date) TO latchkey_validator;
