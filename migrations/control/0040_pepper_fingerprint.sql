-- By which the program notices that it was given another pepper than the one that this database's
-- digests were made with. It is an HMAC under the pepper: it tells nothing about it.
CREATE TABLE pepper_fingerprints (
    version     smallint PRIMARY KEY,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32)
);
GRANT SELECT, INSERT ON pepper_fingerprints TO latchkey_validator;
