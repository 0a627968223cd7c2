-- What was answered to requests that may be sent again. An entry lives for a day.
CREATE TABLE datastore.idempotency (
    organization_id uuid NOT NULL,
    environment     text NOT NULL CHECK (environment IN ('live', 'test')),
    collection      text NOT NULL,
    key             text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255),
    -- SHA-256 of the request.
    request         bytea NOT NULL CHECK (octet_length(request) = 32),
    answer          text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, environment, collection, key)
);
CREATE INDEX idempotency_age_idx ON datastore.idempotency (organization_id, created_at);

ALTER TABLE datastore.idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE datastore.idempotency FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_tenant ON datastore.idempotency TO latchkey_app
    USING (organization_id = (SELECT datastore.organization_id()));

GRANT SELECT, INSERT, DELETE ON datastore.idempotency TO latchkey_app;
