-- The roles that the program works as. None owns a table, none may bypass row-level security;
-- the owner (who runs the migrations) is used for nothing else.
--   latchkey_app        an organization's own people, inside one organization at a time
--   latchkey_auth       finds out who somebody is and where they belong
--   latchkey_rep        the vendor's staff: provisions organizations and their first people
--   latchkey_validator  fills the key directory and counts usage, for all organizations
-- Roles belong to the cluster, not the database, so another database may have made them already.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['latchkey_app', 'latchkey_auth', 'latchkey_rep', 'latchkey_validator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- a second instance made it at the same moment
            END;
        END IF;
        -- On a server that is not our own the program signs in as the owner and takes the role at
        -- connection start. A superuser may do so anyway.
        IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
    END LOOP;
END
$$;

CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO latchkey_app, latchkey_auth, latchkey_rep, latchkey_validator;
GRANT USAGE ON SCHEMA public TO latchkey_app, latchkey_auth, latchkey_rep, latchkey_validator;

-- The organization that the current transaction works for. After COMMIT a local setting reads
-- as '' rather than NULL; both mean "none", and none sees no row.
CREATE FUNCTION app.organization_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.organization_id', true), '')::uuid $$;
