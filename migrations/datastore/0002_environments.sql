-- A test key never sees what a live key wrote, nor the other way round, also where both worlds are
-- kept in one database. What was there before counts as live.
ALTER TABLE datastore.documents
    ADD COLUMN environment text NOT NULL DEFAULT 'live' CHECK (environment IN ('live', 'test')),
    DROP CONSTRAINT documents_pkey,
    ADD PRIMARY KEY (organization_id, environment, collection, id);
