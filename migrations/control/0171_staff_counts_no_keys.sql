-- Staff is told the very sums that an organization's own people see, and asks the keys' table nothing.
DROP POLICY api_keys_rep ON api_keys;
REVOKE SELECT (id, organization_id, status) ON api_keys FROM latchkey_rep;
