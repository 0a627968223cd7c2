-- Links that were lost before anybody used them: a rep takes them back and makes new ones, as long
-- as the organization has nobody who could invite.
CREATE POLICY invitations_rep_open ON invitations FOR SELECT TO latchkey_rep
    USING (organization_id = (SELECT app.organization_id()) AND role = 'owner');
CREATE POLICY invitations_rep_revoke ON invitations FOR UPDATE TO latchkey_rep
    USING (
        organization_id = (SELECT app.organization_id())
        AND role = 'owner' AND accepted_at IS NULL AND revoked_at IS NULL
    )
    WITH CHECK (organization_id = (SELECT app.organization_id()) AND revoked_at IS NOT NULL);
GRANT SELECT (id, organization_id, email, role, accepted_at, revoked_at) ON invitations TO latchkey_rep;
GRANT UPDATE (revoked_at) ON invitations TO latchkey_rep;
