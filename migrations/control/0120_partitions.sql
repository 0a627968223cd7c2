-- Partitions of any of our tables, where there was only the access log's: made ahead by the program
-- itself, and dropped whole when they are older than it is told to keep.

-- Which there are, and from when to when.
CREATE FUNCTION app.partitions(parent regclass)
    RETURNS TABLE (partition regclass, starts_at timestamptz, ends_at timestamptz)
    LANGUAGE sql STABLE SET search_path = public, pg_temp
    AS $$
    SELECT pg_class.oid::regclass,
           substring(bound FROM $from$FROM \('([^']+)'\)$from$)::timestamptz,
           substring(bound FROM $to$TO \('([^']+)'\)$to$)::timestamptz
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid,
         LATERAL pg_get_expr(relpartbound, pg_class.oid) AS bound
    WHERE inhparent = parent
$$;

-- Makes the partition of these days, from one midnight in UTC to another, where it is missing.
--
-- Partitions are reached through their tables, whose policies then count; by its own name nobody
-- sees a row. Those of the access log have no policies at all: COPY refuses tables that have, and a
-- policy for the one role that may add to them, and only add, would let through all the same.
CREATE FUNCTION app.open_partition(parent text, starts date, ends date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s'
    AS $$
DECLARE
    partition text := parent || '_' || to_char(starts, 'YYYYMMDD');
BEGIN
    IF to_regclass(quote_ident(partition)) IS NOT NULL THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(quote_ident(parent)) AND relkind = 'p') THEN
        RAISE EXCEPTION '% has no partitions', parent;
    END IF;
    -- Several nodes notice at the same midnight.
    PERFORM pg_advisory_xact_lock(hashtext('latchkey partitions'));
    IF to_regclass(quote_ident(partition)) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Made apart and attached: that waits for no reader.
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition, parent);
    IF parent = 'access_log' THEN
        EXECUTE format('GRANT INSERT ON %I TO latchkey_validator', partition);
    ELSE
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition);
    END IF;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   parent, partition, starts || ' 00:00+00', ends || ' 00:00+00');
END
$$;

-- Drops the partitions that end with this day's midnight or before.
CREATE FUNCTION app.drop_partitions(parent text, before date) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s'
    AS $$
DECLARE
    old regclass;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('latchkey partitions'));
    FOR old IN
        SELECT partition FROM app.partitions(to_regclass(quote_ident(parent)))
        WHERE ends_at <= before::timestamp AT TIME ZONE 'UTC'
    LOOP
        EXECUTE format('DROP TABLE %s', old);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION app.open_partition(text, date, date), app.drop_partitions(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.open_partition(text, date, date), app.drop_partitions(text, date)
    TO latchkey_validator;

DROP FUNCTION app.open_access_log_day(date);
DROP FUNCTION app.drop_access_log_days(date);
