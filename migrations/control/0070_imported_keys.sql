-- Keys that were made elsewhere keep their texts: of any prefix, length and alphabet, known perhaps
-- by a digest only.
ALTER TABLE api_keys
    ADD COLUMN imported boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT api_keys_prefix_check,
    DROP CONSTRAINT api_keys_last_four_check,
    -- Some have no prefix, and of some nobody knows the end any more.
    ADD CONSTRAINT api_keys_prefix_check CHECK (length(prefix) <= 32 AND (imported OR prefix <> '')),
    ADD CONSTRAINT api_keys_last_four_check CHECK (length(last_four) = 4 OR (imported AND last_four = ''));

-- A key that came from elsewhere gets a text of ours when it is regenerated.
GRANT UPDATE (imported) ON api_keys TO latchkey_app;
-- Texts with these prefixes may be keys although they have no checksum.
GRANT SELECT (imported, prefix) ON api_keys TO latchkey_validator;
