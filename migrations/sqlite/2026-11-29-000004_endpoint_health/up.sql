-- Endpoints that fail: a row for each, and none for the others, so that a healthy endpoint costs nothing.
--
-- The release before this one goes on beside it: it neither reads nor writes the table. What it sends successfully ends no row; the
-- next success of this release does.
--
-- That holds until an endpoint is disabled as `failing`: it cannot read this word, and with it no endpoint of the workspace, so that it
-- accepts no event of it. Then it must not run beside; the way down translates the word.
CREATE TABLE endpoint_health (
    endpoint_id BLOB NOT NULL PRIMARY KEY REFERENCES endpoints (id),
    workspace_id BLOB NOT NULL,
    failures INTEGER NOT NULL,
    failing_since_us INTEGER NOT NULL,
    failed_at_us INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    opened_at_us INTEGER,
    probe_pause_ms INTEGER,
    probe_at_us INTEGER
) STRICT, WITHOUT ROWID;

-- How each endpoint has answered, by hours since the epoch: a week of them is read for one endpoint at a time. "latencies" has a count
-- for each bucket of durations.
CREATE TABLE endpoint_hours (
    endpoint_id BLOB NOT NULL,
    hour INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    latencies BLOB NOT NULL,
    PRIMARY KEY (endpoint_id, hour)
) STRICT, WITHOUT ROWID;
-- Serves the removal of those that are kept no longer.
CREATE INDEX endpoint_hours_by_age ON endpoint_hours (hour, endpoint_id);

-- As if for a large hub: see the first migration that has statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('endpoint_health', 'endpoint_health', '20 1'),
    ('endpoint_hours', 'endpoint_hours', '20000 200 1'),
    ('endpoint_hours', 'endpoint_hours_by_age', '20000 100 1');
