-- By which the program tells this database from others: counts that wait on its machine are written
-- into the one that they belong to. A dump that is restored elsewhere takes it along.
CREATE TABLE database_identity (
    id uuid PRIMARY KEY
);
INSERT INTO database_identity VALUES (gen_random_uuid());
GRANT SELECT ON database_identity TO latchkey_validator;
