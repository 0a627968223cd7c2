-- Sums by organization beside the counts by key, written by the same transaction: a page that tells
-- of an organization as a whole reads as many rows of ten thousand keys as of one. Each level has
-- the partitions that it has by key, but for minutes: so few rows are in one for each month.

CREATE TABLE usage_organization_minutes (
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    minute          timestamptz NOT NULL,
    outcome         text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    PRIMARY KEY (organization_id, minute, outcome)
) PARTITION BY RANGE (minute);

CREATE TABLE usage_organization_hours (
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    hour            timestamptz NOT NULL,
    outcome         text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    PRIMARY KEY (organization_id, hour, outcome)
) PARTITION BY RANGE (hour);

CREATE TABLE usage_organization_days (
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    -- Midnight in UTC.
    day             timestamptz NOT NULL,
    outcome         text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    PRIMARY KEY (organization_id, day, outcome)
) PARTITION BY RANGE (day);

CREATE TABLE usage_organization_endpoints (
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    hour            timestamptz NOT NULL,
    endpoint        text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    refused         bigint NOT NULL,
    bytes           bigint NOT NULL,
    latency         bigint[] NOT NULL CHECK (cardinality(latency) = 11),
    PRIMARY KEY (organization_id, hour, endpoint)
) PARTITION BY RANGE (hour);

DO $$
DECLARE
    level text;
    old record;
BEGIN
    FOR old IN
        SELECT DISTINCT date_trunc('month', starts_at AT TIME ZONE 'UTC') AS starts
        FROM app.partitions('usage_minutes')
    LOOP
        PERFORM app.open_partition('usage_organization_minutes', old.starts::date,
                                   (old.starts + interval '1 month')::date);
    END LOOP;
    FOREACH level IN ARRAY ARRAY['hours', 'days', 'endpoints'] LOOP
        FOR old IN
            SELECT (starts_at AT TIME ZONE 'UTC')::date AS starts, (ends_at AT TIME ZONE 'UTC')::date AS ends
            FROM app.partitions(to_regclass('usage_' || level))
        LOOP
            PERFORM app.open_partition('usage_organization_' || level, old.starts, old.ends);
        END LOOP;
    END LOOP;
END
$$;

-- Whoever migrates need not be a superuser, and would see none of the rows. Until this is over,
-- nobody adds any.
ALTER TABLE usage_minutes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_hours NO FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_days NO FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_endpoints NO FORCE ROW LEVEL SECURITY;

INSERT INTO usage_organization_minutes (organization_id, minute, outcome, requests)
    SELECT organization_id, minute, outcome, sum(requests) FROM usage_minutes GROUP BY 1, 2, 3;
INSERT INTO usage_organization_hours (organization_id, hour, outcome, requests)
    SELECT organization_id, hour, outcome, sum(requests) FROM usage_hours GROUP BY 1, 2, 3;
INSERT INTO usage_organization_days (organization_id, day, outcome, requests)
    SELECT organization_id, day, outcome, sum(requests) FROM usage_days GROUP BY 1, 2, 3;
INSERT INTO usage_organization_endpoints (organization_id, hour, endpoint, requests, refused, bytes, latency)
    SELECT organization_id, hour, endpoint, sum(requests), sum(refused), sum(bytes),
           ARRAY[sum(latency[1]), sum(latency[2]), sum(latency[3]), sum(latency[4]), sum(latency[5]), sum(latency[6]),
                 sum(latency[7]), sum(latency[8]), sum(latency[9]), sum(latency[10]), sum(latency[11])]::bigint[]
    FROM usage_endpoints GROUP BY 1, 2, 3;

ALTER TABLE usage_minutes FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_hours FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_days FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_endpoints FORCE ROW LEVEL SECURITY;

ALTER TABLE usage_organization_minutes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_organization_hours ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_organization_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_organization_endpoints ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_organization_minutes_tenant ON usage_organization_minutes FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_organization_hours_tenant ON usage_organization_hours FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_organization_days_tenant ON usage_organization_days FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_organization_endpoints_tenant ON usage_organization_endpoints FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_organization_minutes_validator ON usage_organization_minutes TO latchkey_validator USING (true);
CREATE POLICY usage_organization_hours_validator ON usage_organization_hours TO latchkey_validator USING (true);
CREATE POLICY usage_organization_days_validator ON usage_organization_days TO latchkey_validator USING (true);
CREATE POLICY usage_organization_endpoints_validator ON usage_organization_endpoints TO latchkey_validator USING (true);

GRANT SELECT ON usage_organization_minutes, usage_organization_hours, usage_organization_days,
    usage_organization_endpoints TO latchkey_app;
GRANT SELECT, INSERT, UPDATE ON usage_organization_minutes, usage_organization_hours, usage_organization_days,
    usage_organization_endpoints TO latchkey_validator;
