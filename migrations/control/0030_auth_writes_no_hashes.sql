-- An event's place in the chain is the database's business, also for whoever joins or changes a
-- password.
REVOKE INSERT ON audit_events FROM latchkey_auth;
GRANT INSERT (id, organization_id, actor_kind, actor_user_id, action, target_id, details, ip, request_id)
    ON audit_events TO latchkey_auth;
