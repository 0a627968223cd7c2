-- Counts at three levels, each written by the same transaction: minutes in partitions of a day, hours
-- in those of a month, days (in UTC) in those of a year. Each level is kept for as long as the
-- program is told to; graphs read the coarsest that tells their bars apart.

ALTER TABLE usage_minutes RENAME TO usage_minutes_before;
ALTER TABLE usage_hours RENAME TO usage_hours_before;
ALTER TABLE usage_endpoints RENAME TO usage_endpoints_before;

-- Whoever migrates need not be a superuser, and would see none of the rows.
ALTER TABLE usage_minutes_before DISABLE ROW LEVEL SECURITY;
ALTER TABLE usage_hours_before DISABLE ROW LEVEL SECURITY;
ALTER TABLE usage_endpoints_before DISABLE ROW LEVEL SECURITY;

-- Their names are wanted.
ALTER TABLE usage_minutes_before DROP CONSTRAINT usage_minutes_pkey;
ALTER TABLE usage_hours_before DROP CONSTRAINT usage_hours_pkey;
ALTER TABLE usage_endpoints_before DROP CONSTRAINT usage_endpoints_pkey;
DROP INDEX usage_minutes_organization_idx, usage_hours_organization_idx, usage_endpoints_organization_idx;

CREATE TABLE usage_minutes (
    organization_id uuid NOT NULL,
    key_id          uuid NOT NULL,
    minute          timestamptz NOT NULL,
    outcome         text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    PRIMARY KEY (key_id, minute, outcome),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
) PARTITION BY RANGE (minute);
CREATE INDEX usage_minutes_organization_idx ON usage_minutes (organization_id, minute);

CREATE TABLE usage_hours (
    organization_id uuid NOT NULL,
    key_id          uuid NOT NULL,
    hour            timestamptz NOT NULL,
    outcome         text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    PRIMARY KEY (key_id, hour, outcome),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
) PARTITION BY RANGE (hour);
CREATE INDEX usage_hours_organization_idx ON usage_hours (organization_id, hour);

CREATE TABLE usage_days (
    organization_id uuid NOT NULL,
    key_id          uuid NOT NULL,
    -- Midnight in UTC.
    day             timestamptz NOT NULL,
    outcome         text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    PRIMARY KEY (key_id, day, outcome),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
) PARTITION BY RANGE (day);
CREATE INDEX usage_days_organization_idx ON usage_days (organization_id, day);

CREATE TABLE usage_endpoints (
    organization_id uuid NOT NULL,
    key_id          uuid NOT NULL,
    hour            timestamptz NOT NULL,
    endpoint        text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    refused         bigint NOT NULL,
    bytes           bigint NOT NULL,
    latency         bigint[] NOT NULL CHECK (cardinality(latency) = 11),
    PRIMARY KEY (key_id, hour, endpoint),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
) PARTITION BY RANGE (hour);
CREATE INDEX usage_endpoints_organization_idx ON usage_endpoints (organization_id, hour);

DO $$
DECLARE
    starts date;
BEGIN
    FOR starts IN SELECT DISTINCT (minute AT TIME ZONE 'UTC')::date FROM usage_minutes_before LOOP
        PERFORM app.open_partition('usage_minutes', starts, starts + 1);
    END LOOP;
    FOR starts IN SELECT DISTINCT date_trunc('month', hour AT TIME ZONE 'UTC')::date FROM usage_hours_before LOOP
        PERFORM app.open_partition('usage_hours', starts, (starts + interval '1 month')::date);
    END LOOP;
    FOR starts IN SELECT DISTINCT date_trunc('year', hour AT TIME ZONE 'UTC')::date FROM usage_hours_before LOOP
        PERFORM app.open_partition('usage_days', starts, (starts + interval '1 year')::date);
    END LOOP;
    FOR starts IN SELECT DISTINCT date_trunc('month', hour AT TIME ZONE 'UTC')::date FROM usage_endpoints_before LOOP
        PERFORM app.open_partition('usage_endpoints', starts, (starts + interval '1 month')::date);
    END LOOP;
END
$$;

INSERT INTO usage_minutes (organization_id, key_id, minute, outcome, requests)
    SELECT organization_id, key_id, minute, outcome, requests FROM usage_minutes_before;
INSERT INTO usage_hours (organization_id, key_id, hour, outcome, requests)
    SELECT organization_id, key_id, hour, outcome, requests FROM usage_hours_before;
INSERT INTO usage_days (organization_id, key_id, day, outcome, requests)
    SELECT organization_id, key_id, date_trunc('day', hour, 'UTC'), outcome, sum(requests)
    FROM usage_hours_before GROUP BY 1, 2, 3, 4;
INSERT INTO usage_endpoints (organization_id, key_id, hour, endpoint, requests, refused, bytes, latency)
    SELECT organization_id, key_id, hour, endpoint, requests, refused, bytes, latency FROM usage_endpoints_before;

DROP TABLE usage_minutes_before, usage_hours_before, usage_endpoints_before;

ALTER TABLE usage_minutes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_endpoints ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_minutes_tenant ON usage_minutes FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_hours_tenant ON usage_hours FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_days_tenant ON usage_days FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_endpoints_tenant ON usage_endpoints FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_minutes_validator ON usage_minutes TO latchkey_validator USING (true);
CREATE POLICY usage_hours_validator ON usage_hours TO latchkey_validator USING (true);
CREATE POLICY usage_days_validator ON usage_days TO latchkey_validator USING (true);
CREATE POLICY usage_endpoints_validator ON usage_endpoints TO latchkey_validator USING (true);
CREATE POLICY usage_hours_rep ON usage_hours FOR SELECT TO latchkey_rep USING (true);
CREATE POLICY usage_days_rep ON usage_days FOR SELECT TO latchkey_rep USING (true);

GRANT SELECT ON usage_minutes, usage_hours, usage_days, usage_endpoints TO latchkey_app;
GRANT SELECT, INSERT, UPDATE ON usage_minutes, usage_hours, usage_days, usage_endpoints TO latchkey_validator;
GRANT SELECT (organization_id, hour, outcome, requests) ON usage_hours TO latchkey_rep;
GRANT SELECT (organization_id, day, outcome, requests) ON usage_days TO latchkey_rep;

-- Since when a level is there in full; null where nothing of it is left.
CREATE FUNCTION app.kept_since(parent text) RETURNS timestamptz
    LANGUAGE sql STABLE SET search_path = public, pg_temp
    AS $$ SELECT min(starts_at) FROM app.partitions(to_regclass(quote_ident(parent))) $$;
