-- Running programs that judge keys, and how far each has read: a change is in force at a node
-- when the node's snapshot sees the change's transaction.
CREATE TABLE nodes (
    id           uuid PRIMARY KEY,
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 253),
    started_at   timestamptz NOT NULL DEFAULT now(),
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    applied      pg_snapshot NOT NULL,
    keys         bigint NOT NULL CHECK (keys >= 0)
) WITH (fillfactor = 50); -- one row a node, written each second

GRANT SELECT, INSERT, UPDATE, DELETE ON nodes TO latchkey_validator;
