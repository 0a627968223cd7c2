-- What answers were like, by key, hour and endpoint. Only the API profile's own endpoints are told
-- apart: what callers make up counts as one.
CREATE TABLE usage_endpoints (
    organization_id uuid NOT NULL,
    key_id          uuid NOT NULL,
    hour            timestamptz NOT NULL,
    endpoint        text NOT NULL,
    requests        bigint NOT NULL CHECK (requests > 0),
    refused         bigint NOT NULL,
    -- Of answers whose length was known before they were sent.
    bytes           bigint NOT NULL,
    -- How many accepted requests took how long; the bounds are the program's (usage/measured.rs).
    latency         bigint[] NOT NULL CHECK (cardinality(latency) = 11),
    PRIMARY KEY (key_id, hour, endpoint),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX usage_endpoints_organization_idx ON usage_endpoints (organization_id, hour);

ALTER TABLE usage_endpoints ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_endpoints FORCE ROW LEVEL SECURITY;
CREATE POLICY usage_endpoints_tenant ON usage_endpoints FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY usage_endpoints_validator ON usage_endpoints TO latchkey_validator USING (true);
GRANT SELECT ON usage_endpoints TO latchkey_app;
GRANT SELECT, INSERT, UPDATE ON usage_endpoints TO latchkey_validator;
