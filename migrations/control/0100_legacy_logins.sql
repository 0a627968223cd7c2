-- A key that stands for somebody's logins by password, where a vendor's API still has them. Nobody
-- has its text: tokens name it by its id. One a person and organization.
ALTER TABLE api_keys ADD COLUMN login_user_id uuid REFERENCES users;
CREATE UNIQUE INDEX api_keys_login_user_idx ON api_keys (organization_id, login_user_id) WHERE login_user_id IS NOT NULL;
