-- The sample collections' documents, every organization's in one table. The schema is made by
-- the program before it runs these migrations, because their own ledger lives in it.
CREATE FUNCTION datastore.organization_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.organization_id', true), '')::uuid $$;

CREATE TABLE datastore.documents (
    organization_id uuid NOT NULL,
    collection      text NOT NULL,
    id              uuid NOT NULL,
    body            jsonb NOT NULL CHECK (jsonb_typeof(body) = 'object'),
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, collection, id)
);

ALTER TABLE datastore.documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE datastore.documents FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_tenant ON datastore.documents TO latchkey_app
    USING (organization_id = (SELECT datastore.organization_id()));

GRANT USAGE ON SCHEMA datastore TO latchkey_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON datastore.documents TO latchkey_app;
