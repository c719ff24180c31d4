-- Who calls with keys that have a successor: a row for each such key that was called with since its rotation.
--
-- The release before this one goes on beside it: it neither reads nor writes the table, and counts no such call.
CREATE TABLE api_key_stragglers (
    key_id BYTEA NOT NULL PRIMARY KEY REFERENCES api_keys (id),
    calls BIGINT NOT NULL,
    last_at_us BIGINT,
    last_address TEXT,
    last_user_agent TEXT
);
