-- Who calls with keys that have a successor: a row for each such key that was called with since its rotation.
--
-- The release before this one goes on beside it: it neither reads nor writes the table, and counts no such call.
CREATE TABLE api_key_stragglers (
    key_id BLOB NOT NULL PRIMARY KEY REFERENCES api_keys (id),
    calls INTEGER NOT NULL,
    last_at_us INTEGER,
    last_address TEXT,
    last_user_agent TEXT
) STRICT, WITHOUT ROWID;

-- As if for a large hub: see the first migration that has statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('api_key_stragglers', 'api_key_stragglers', '1000 1');
