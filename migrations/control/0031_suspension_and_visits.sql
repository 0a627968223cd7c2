-- Why an organization is suspended, for its own people to read.
ALTER TABLE organizations
    ADD COLUMN suspended_at     timestamptz,
    ADD COLUMN suspended_reason text CHECK (length(suspended_reason) BETWEEN 1 AND 200);
GRANT UPDATE (status, suspended_at, suspended_reason) ON organizations TO latchkey_rep;

-- Vendor staff who look at an organization's pages: each for half an hour, with a reason that stands
-- in the organization's own log.
CREATE TABLE rep_visits (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id         uuid NOT NULL REFERENCES users,
    reason          text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
    began_at        timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    CHECK (ends_at > began_at AND ends_at <= began_at + interval '30 minutes')
);
CREATE UNIQUE INDEX rep_visits_open_key ON rep_visits (organization_id, user_id) WHERE ended_at IS NULL;

ALTER TABLE rep_visits ENABLE ROW LEVEL SECURITY;
ALTER TABLE rep_visits FORCE ROW LEVEL SECURITY;
CREATE POLICY rep_visits_tenant ON rep_visits FOR SELECT TO latchkey_app
    USING (organization_id = (SELECT app.organization_id()));
-- Whether somebody may look is found out before any organization is entered.
CREATE POLICY rep_visits_auth ON rep_visits FOR SELECT TO latchkey_auth USING (true);
CREATE POLICY rep_visits_rep ON rep_visits TO latchkey_rep
    USING (organization_id = (SELECT app.organization_id()))
    WITH CHECK (
        organization_id = (SELECT app.organization_id())
        AND EXISTS (SELECT FROM users WHERE users.id = user_id AND users.is_rep)
    );

GRANT SELECT ON rep_visits TO latchkey_app;
GRANT SELECT (organization_id, user_id, ends_at, ended_at) ON rep_visits TO latchkey_auth;
GRANT SELECT, INSERT ON rep_visits TO latchkey_rep;
GRANT UPDATE (ended_at) ON rep_visits TO latchkey_rep;

-- A tenant's story as staff may read it: how it was set up and who of them went in. Not what its
-- people do with their keys.
CREATE POLICY audit_events_rep_story ON audit_events FOR SELECT TO latchkey_rep
    USING (
        organization_id = (SELECT app.organization_id())
        AND (actor_kind <> 'member' OR action IN ('member.joined', 'key.created', 'key.claimed'))
    );
GRANT SELECT (organization_id, seq, at, actor_kind, actor_user_id, action, target_id, details)
    ON audit_events TO latchkey_rep;
GRANT SELECT (requests) ON usage_hours TO latchkey_rep;
CREATE POLICY api_keys_rep ON api_keys FOR SELECT TO latchkey_rep
    USING (organization_id = (SELECT app.organization_id()));
GRANT SELECT (id, organization_id, status) ON api_keys TO latchkey_rep;
