-- A session carries the number that stood here when it began, and counts only as long as it still
-- does: raising the number signs the person out everywhere.
ALTER TABLE users ADD COLUMN session_epoch integer NOT NULL DEFAULT 0;
GRANT UPDATE (session_epoch) ON users TO latchkey_auth;
