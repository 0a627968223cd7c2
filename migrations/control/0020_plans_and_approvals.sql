-- What an organization has bought, and what has to be signed before its programs are let in.
ALTER TABLE organizations
    ADD COLUMN plan         text NOT NULL DEFAULT 'sandbox'
        CHECK (plan IN ('sandbox', 'starter', 'pro', 'team', 'enterprise')),
    -- In which of its two worlds it may have keys.
    ADD COLUMN environments text[] NOT NULL DEFAULT '{live,test}'
        CHECK (cardinality(environments) BETWEEN 1 AND 2 AND environments <@ ARRAY['live', 'test']),
    ADD CHECK (length(external_id) BETWEEN 1 AND 100);
-- The vendor's own number names one tenant.
CREATE UNIQUE INDEX organizations_external_id_key ON organizations (profile, external_id);

-- Gates that are open: somebody has signed. Which of them a key needs is said by the API profile.
CREATE TABLE approvals (
    organization_id uuid NOT NULL REFERENCES organizations,
    gate            text NOT NULL CHECK (gate IN ('baa', 'partner_approval')),
    decided_on      date NOT NULL,
    -- By which the paper is found, such as a contract's number.
    reference       text NOT NULL CHECK (length(reference) BETWEEN 1 AND 100),
    signer          text NOT NULL CHECK (length(signer) BETWEEN 1 AND 100),
    recorded_by     uuid NOT NULL REFERENCES users,
    recorded_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, gate)
);

ALTER TABLE approvals ENABLE ROW LEVEL SECURITY;
ALTER TABLE approvals FORCE ROW LEVEL SECURITY;

CREATE POLICY approvals_tenant ON approvals FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY approvals_validator ON approvals FOR SELECT TO latchkey_validator USING (true);
-- Reps look at all organizations, and change one at a time: the one that the transaction names.
CREATE POLICY approvals_rep ON approvals FOR SELECT TO latchkey_rep USING (true);
CREATE POLICY approvals_rep_insert ON approvals FOR INSERT TO latchkey_rep
    WITH CHECK (organization_id = (SELECT app.organization_id()));
CREATE POLICY approvals_rep_update ON approvals FOR UPDATE TO latchkey_rep
    USING (organization_id = (SELECT app.organization_id()));
CREATE POLICY approvals_rep_delete ON approvals FOR DELETE TO latchkey_rep
    USING (organization_id = (SELECT app.organization_id()));
-- Restrictive: the role's older policy on organizations lets everything through.
CREATE POLICY organizations_rep_update ON organizations AS RESTRICTIVE FOR UPDATE TO latchkey_rep
    USING (id = (SELECT app.organization_id()));
-- First calls, to see who is stuck; no counts and no keys.
CREATE POLICY usage_hours_rep ON usage_hours FOR SELECT TO latchkey_rep USING (true);

GRANT SELECT (organization_id, gate) ON approvals TO latchkey_app;
GRANT SELECT (organization_id, gate) ON approvals TO latchkey_validator;
GRANT SELECT, DELETE ON approvals TO latchkey_rep;
GRANT INSERT (organization_id, gate, decided_on, reference, signer, recorded_by) ON approvals TO latchkey_rep;
GRANT UPDATE (decided_on, reference, signer, recorded_by, recorded_at) ON approvals TO latchkey_rep;
GRANT UPDATE (plan, environments, external_id) ON organizations TO latchkey_rep;
GRANT SELECT (organization_id, hour, outcome) ON usage_hours TO latchkey_rep;

-- The key directories read the organization again.
CREATE FUNCTION app.note_approval_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO key_change (entity, entity_id) VALUES ('organizations', OLD.organization_id);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.organization_id <> OLD.organization_id) THEN
        INSERT INTO key_change (entity, entity_id) VALUES ('organizations', NEW.organization_id);
    END IF;
    PERFORM pg_notify('latchkey_key_change', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER note_key_change AFTER INSERT OR UPDATE OR DELETE ON approvals
    FOR EACH ROW EXECUTE FUNCTION app.note_approval_change();
CREATE TRIGGER note_key_truncate BEFORE TRUNCATE ON approvals EXECUTE FUNCTION app.note_key_truncate();
ALTER TABLE approvals ENABLE ALWAYS TRIGGER note_key_change;

-- Vendor staff write into the log of the organization that they work on: on the pages as reps, or
-- with the program's command line, which names the rep that it is run for.
ALTER TABLE audit_events
    DROP CONSTRAINT audit_events_actor_kind_check,
    ADD CONSTRAINT audit_events_actor_kind_check CHECK (actor_kind IN ('member', 'rep', 'operator'));
CREATE POLICY audit_events_rep ON audit_events FOR INSERT TO latchkey_rep
    WITH CHECK (
        organization_id = (SELECT app.organization_id())
        AND actor_kind IN ('rep', 'operator')
        AND EXISTS (SELECT FROM users WHERE users.id = actor_user_id AND users.is_rep)
    );
GRANT INSERT (id, organization_id, actor_kind, actor_user_id, action, target_id, details, ip, request_id)
    ON audit_events TO latchkey_rep;
