-- The program holds moments up to the year 9999, and none that is infinite: a row that it cannot read
-- would keep it from reading all the others.
ALTER TABLE api_keys ADD CONSTRAINT api_keys_moments_check CHECK (
    created_at > '-infinity' AND created_at < '10000-01-01 00:00Z'
    AND issued_at > '-infinity' AND issued_at < '10000-01-01 00:00Z'
    AND coalesce(expires_at > '-infinity' AND expires_at < '10000-01-01 00:00Z', true)
    AND coalesce(not_before > '-infinity' AND not_before < '10000-01-01 00:00Z', true)
    AND coalesce(revoked_at > '-infinity' AND revoked_at < '10000-01-01 00:00Z', true)
    AND coalesce(scream_from > '-infinity' AND scream_from < '10000-01-01 00:00Z', true)
    AND coalesce(scream_until > '-infinity' AND scream_until < '10000-01-01 00:00Z', true)
);
