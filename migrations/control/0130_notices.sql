-- Notices: what an organization's own programs (by webhook) and its owners and admins (by mail) are
-- told about its keys.
--
-- A notice is written by the transaction that makes the change, with a delivery for each recipient:
-- the outbox. Any node sends what is due; a delivery that one of them has taken is leased for a
-- while, so that a node that dies only makes it late. Deliveries may therefore come twice, under
-- the same id.
ALTER TABLE organizations ADD COLUMN expiry_mails boolean NOT NULL DEFAULT true;

CREATE TABLE webhooks (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations,
    url              text NOT NULL CHECK (length(url) BETWEEN 8 AND 500),
    events           text[] NOT NULL CHECK (cardinality(events) BETWEEN 1 AND 4
        AND events <@ ARRAY['key.expiring', 'key.expired', 'key.revoked', 'key.regenerated']),
    -- FAILED: switched off by the server, because nothing came through for days.
    status           text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'DISABLED', 'FAILED')),
    -- What deliveries are signed with, encrypted under a key that is not in the database.
    secret           bytea NOT NULL CHECK (octet_length(secret) BETWEEN 29 AND 128),
    secret_version   integer NOT NULL DEFAULT 1 CHECK (secret_version > 0),
    -- The one before, which signs beside it until then.
    old_secret       bytea CHECK (octet_length(old_secret) BETWEEN 29 AND 128),
    old_secret_until timestamptz,
    -- Random, made with the form: sent twice, it adds one webhook.
    form_token       uuid NOT NULL,
    created_by       uuid NOT NULL REFERENCES users,
    created_at       timestamptz NOT NULL,
    -- Since when it has been ACTIVE without a break.
    enabled_at       timestamptz NOT NULL,
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT webhooks_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT webhooks_form_token_key UNIQUE (organization_id, form_token)
);

CREATE TABLE notices (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    event           text NOT NULL CHECK (event ~ '^[a-z]+\.[a-z_]+$'),
    -- None: a test.
    key_id          uuid,
    at              timestamptz NOT NULL,
    -- Of notices of a key's end: which end, and how many days before (0: it has come). Each is
    -- written once, whoever finds it due, and anew when the end is moved.
    expires_at      timestamptz,
    days_before     smallint CHECK (days_before BETWEEN 0 AND 365),
    -- Word for word what is sent and signed. Never a secret.
    payload         text NOT NULL CHECK (length(payload) BETWEEN 2 AND 10000),
    CHECK ((expires_at IS NULL) = (days_before IS NULL)),
    CONSTRAINT notices_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT notices_once_key UNIQUE (organization_id, key_id, expires_at, days_before),
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX notices_at_idx ON notices (at);

CREATE TABLE notice_deliveries (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    notice_id       uuid NOT NULL,
    -- One of the two: to a program, or to a person by mail.
    webhook_id      uuid,
    user_id         uuid,
    status          text NOT NULL DEFAULT 'WAITING' CHECK (status IN ('WAITING', 'DELIVERED', 'FAILED')),
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_at         timestamptz NOT NULL,
    give_up_at      timestamptz NOT NULL,
    -- Until then it is some node's to send.
    leased_until    timestamptz,
    -- When the first attempt failed, and when it was over one way or the other.
    failed_at       timestamptz,
    settled_at      timestamptz,
    -- The status of the last answer, or else why there was none.
    answer          smallint CHECK (answer BETWEEN 100 AND 999),
    problem         text CHECK (length(problem) BETWEEN 1 AND 32),
    CHECK (num_nonnulls(webhook_id, user_id) = 1),
    CHECK ((status = 'WAITING') = (settled_at IS NULL)),
    CONSTRAINT notice_deliveries_webhook_key UNIQUE (organization_id, notice_id, webhook_id),
    CONSTRAINT notice_deliveries_user_key UNIQUE (organization_id, notice_id, user_id),
    FOREIGN KEY (organization_id, notice_id) REFERENCES notices (organization_id, id) ON DELETE CASCADE,
    FOREIGN KEY (organization_id, webhook_id) REFERENCES webhooks (organization_id, id) ON DELETE CASCADE,
    -- Whoever leaves gets no mail any more.
    FOREIGN KEY (organization_id, user_id) REFERENCES members (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX notice_deliveries_due_idx ON notice_deliveries (next_at) WHERE status = 'WAITING';
CREATE INDEX notice_deliveries_webhook_idx ON notice_deliveries (organization_id, webhook_id, id DESC);
CREATE INDEX notice_deliveries_user_idx ON notice_deliveries (organization_id, user_id);
-- Keys whose end comes near, among all organizations'.
CREATE INDEX api_keys_end_idx ON api_keys (expires_at)
    WHERE status = 'ACTIVE' AND draining_of IS NULL AND expires_at IS NOT NULL;

ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhooks FORCE ROW LEVEL SECURITY;
ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices FORCE ROW LEVEL SECURITY;
ALTER TABLE notice_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice_deliveries FORCE ROW LEVEL SECURITY;

CREATE POLICY webhooks_tenant ON webhooks TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY notices_tenant ON notices TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY notice_deliveries_tenant ON notice_deliveries TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
-- What is due is found and sent for all organizations.
CREATE POLICY webhooks_validator ON webhooks TO latchkey_validator USING (true);
CREATE POLICY notices_validator ON notices TO latchkey_validator USING (true);
CREATE POLICY notice_deliveries_validator ON notice_deliveries TO latchkey_validator USING (true);

GRANT UPDATE (expiry_mails) ON organizations TO latchkey_app;
GRANT SELECT, INSERT, DELETE ON webhooks TO latchkey_app;
GRANT UPDATE (status, secret, secret_version, old_secret, old_secret_until, enabled_at) ON webhooks TO latchkey_app;
GRANT SELECT, INSERT ON notices TO latchkey_app;
GRANT SELECT, INSERT ON notice_deliveries TO latchkey_app;
GRANT UPDATE (status, attempts, next_at, give_up_at, failed_at, settled_at, answer, problem)
    ON notice_deliveries TO latchkey_app;
GRANT SELECT (id, organization_id, url, status, secret, old_secret, old_secret_until, enabled_at)
    ON webhooks TO latchkey_validator;
GRANT UPDATE (status) ON webhooks TO latchkey_validator;
-- Old ones go, and their deliveries with them.
GRANT SELECT, DELETE ON notices TO latchkey_validator;
GRANT SELECT ON notice_deliveries TO latchkey_validator;
GRANT UPDATE (status, attempts, next_at, leased_until, failed_at, settled_at, answer, problem)
    ON notice_deliveries TO latchkey_validator;
GRANT SELECT (issued_at) ON api_keys TO latchkey_validator;
