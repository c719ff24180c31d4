-- What the keys of each workspace are used for, by hours: the sums of "key_hours", so that an overview reads 168 rows for a week and not
-- those of every key.
--
-- The release before this one goes on beside it: it does not know the table, and what it counts is missing here and nowhere else. What was
-- counted before is taken over.
CREATE TABLE workspace_hours (
    workspace_id BLOB NOT NULL,
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
    PRIMARY KEY (workspace_id, hour)
) STRICT, WITHOUT ROWID;
-- Serves the removal of those that are kept no longer.
CREATE INDEX workspace_hours_by_age ON workspace_hours (hour, workspace_id);

INSERT INTO workspace_hours
SELECT api_keys.workspace_id, key_hours.hour,
    SUM(key_hours.success),
    SUM(key_hours.redirect),
    SUM(key_hours.client_error),
    SUM(key_hours.too_many),
    SUM(key_hours.server_error),
    SUM(key_hours.verifications),
    SUM(key_hours.revoked),
    SUM(key_hours.locked),
    SUM(key_hours.expired),
    SUM(key_hours.workspace_suspended),
    SUM(key_hours.ip_not_allowed),
    SUM(key_hours.insufficient_scope),
    SUM(key_hours.rate_limited)
FROM key_hours JOIN api_keys ON api_keys.id = key_hours.key_id
GROUP BY api_keys.workspace_id, key_hours.hour;

-- As if for a large hub: see the first migration that has statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('workspace_hours', 'workspace_hours', '20000 2000 1'),
    ('workspace_hours', 'workspace_hours_by_age', '20000 10 1');
