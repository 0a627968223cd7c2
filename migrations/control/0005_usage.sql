-- Requests per key, outcome and stretch of time. Hours are kept beside minutes, written by the
-- same transaction, so that a month's graph reads hundreds of rows rather than tens of thousands.
CREATE TABLE usage_minutes (
    organization_id uuid NOT NULL,
    key_id          uuid NOT NULL,
    minute          timestamptz NOT NULL,
    outcome         text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    PRIMARY KEY (key_id, minute, outcome),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX usage_minutes_organization_idx ON usage_minutes (organization_id, minute);

CREATE TABLE usage_hours (
    organization_id uuid NOT NULL,
    key_id          uuid NOT NULL,
    hour            timestamptz NOT NULL,
    outcome         text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    PRIMARY KEY (key_id, hour, outcome),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX usage_hours_organization_idx ON usage_hours (organization_id, hour);

-- When each key was last presented, and last accepted.
CREATE TABLE key_activity (
    key_id          uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    last_seen_at    timestamptz NOT NULL,
    last_used_at    timestamptz,
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
);

-- Flushes that have been written. A node that lost the answer to its COMMIT sends the same
-- number again and learns here whether the first try counted.
CREATE TABLE flush_ledger (
    node_id    uuid NOT NULL,
    seq        bigint NOT NULL,
    flushed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT flush_ledger_pkey PRIMARY KEY (node_id, seq)
);

ALTER TABLE usage_minutes ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_minutes FORCE ROW LEVEL SECURITY;
ALTER TABLE usage_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_hours FORCE ROW LEVEL SECURITY;
ALTER TABLE key_activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_activity FORCE ROW LEVEL SECURITY;

CREATE POLICY usage_minutes_tenant ON usage_minutes FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_hours_tenant ON usage_hours FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY key_activity_tenant ON key_activity FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_minutes_validator ON usage_minutes TO latchkey_validator USING (true);
CREATE POLICY usage_hours_validator ON usage_hours TO latchkey_validator USING (true);
CREATE POLICY key_activity_validator ON key_activity TO latchkey_validator USING (true);

GRANT SELECT ON usage_minutes, usage_hours, key_activity TO latchkey_app;
GRANT SELECT, INSERT, UPDATE ON usage_minutes, usage_hours, key_activity TO latchkey_validator;
GRANT SELECT, INSERT, DELETE ON flush_ledger TO latchkey_validator;
