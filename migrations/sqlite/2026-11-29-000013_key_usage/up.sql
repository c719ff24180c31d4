-- What keys are used for, by hours since the epoch: how calls were answered, why some were refused, and the last addresses.
--
-- The release before this one goes on beside it: it does not know the tables and counts nothing. A key has a row an hour at most,
-- however often it is called: 2,160 in 90 days.
CREATE TABLE key_hours (
    key_id BLOB NOT NULL,
    hour INTEGER NOT NULL,
    success INTEGER NOT NULL,
    redirect INTEGER NOT NULL,
    client_error INTEGER NOT NULL,
    too_many INTEGER NOT NULL,
    server_error INTEGER NOT NULL,
    verifications INTEGER NOT NULL,
    revoked INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    expired INTEGER NOT NULL,
    workspace_suspended INTEGER NOT NULL,
    ip_not_allowed INTEGER NOT NULL,
    insufficient_scope INTEGER NOT NULL,
    rate_limited INTEGER NOT NULL,
    addresses BLOB NOT NULL,
    PRIMARY KEY (key_id, hour)
) STRICT, WITHOUT ROWID;
-- Serves the removal of those that are kept no longer.
CREATE INDEX key_hours_by_age ON key_hours (hour, key_id);

-- Attempts with tokens that no key has, by network: "" stands for those that had no room of their own. The primary key serves the list and
-- the removal; networks sort byte by byte, so that both databases sort alike.
CREATE TABLE unknown_attempts (
    hour INTEGER NOT NULL,
    network TEXT NOT NULL,
    unknown INTEGER NOT NULL,
    malformed INTEGER NOT NULL,
    PRIMARY KEY (hour, network)
) STRICT, WITHOUT ROWID;

-- As if for a large hub: see the first migration that has statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('key_hours', 'key_hours', '1000000 500 1'),
    ('key_hours', 'key_hours_by_age', '1000000 500 1'),
    ('unknown_attempts', 'unknown_attempts', '100000 50 1');
