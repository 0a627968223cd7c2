-- What an organization decides about itself.
ALTER TABLE organizations
    -- An IANA name, such as Europe/Berlin.
    ADD COLUMN time_zone              text NOT NULL DEFAULT 'UTC' CHECK (length(time_zone) BETWEEN 1 AND 64),
    -- What is asked of new keys: the most days until they expire, networks that they are bound to,
    -- and the secret, where keys come with one.
    ADD COLUMN key_days_max           integer CHECK (key_days_max BETWEEN 1 AND 3650),
    ADD COLUMN key_networks_required  boolean NOT NULL DEFAULT false,
    ADD COLUMN key_secret_required    boolean NOT NULL DEFAULT false,
    -- Whether members need a second factor to enter.
    ADD COLUMN second_factor_required boolean NOT NULL DEFAULT false,
    -- After how long without a page its members are signed out; null: as the program has it.
    ADD COLUMN idle_minutes           integer CHECK (idle_minutes BETWEEN 5 AND 120),
    -- Counts the changes: a form that saw another number is stale.
    ADD COLUMN settings_version       integer NOT NULL DEFAULT 1 CHECK (settings_version > 0);

GRANT UPDATE (name, time_zone, key_days_max, key_networks_required, key_secret_required,
              second_factor_required, idle_minutes, settings_version) ON organizations TO latchkey_app;
