-- Where an organization's documents are, when a rep has moved them to another datastore than the one
-- that the configuration says; see the command `datastores move`.
ALTER TABLE organizations
    ADD COLUMN live_datastore text CHECK (octet_length(live_datastore) BETWEEN 1 AND 100),
    ADD COLUMN test_datastore text CHECK (octet_length(test_datastore) BETWEEN 1 AND 100);

CREATE TRIGGER note_datastore_change AFTER UPDATE OF live_datastore, test_datastore
    ON organizations FOR EACH ROW EXECUTE FUNCTION app.note_key_change();
ALTER TABLE organizations ENABLE ALWAYS TRIGGER note_datastore_change;

GRANT UPDATE (live_datastore, test_datastore) ON organizations TO latchkey_rep;
GRANT SELECT (live_datastore, test_datastore) ON organizations TO latchkey_validator;
