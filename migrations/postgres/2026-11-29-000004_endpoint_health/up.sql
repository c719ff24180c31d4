-- Endpoints that fail: a row for each, and none for the others, so that a healthy endpoint costs nothing.
--
-- The release before this one goes on beside it: it neither reads nor writes the table. What it sends successfully ends no row; the
-- next success of this release does.
--
-- That holds until an endpoint is disabled as `failing`: it cannot read this word, and with it no endpoint of the workspace, so that it
-- accepts no event of it. Then it must not run beside; the way down translates the word.
CREATE TABLE endpoint_health (
    endpoint_id BYTEA NOT NULL PRIMARY KEY REFERENCES endpoints (id),
    workspace_id BYTEA NOT NULL,
    failures BIGINT NOT NULL,
    failing_since_us BIGINT NOT NULL,
    failed_at_us BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    opened_at_us BIGINT,
    probe_pause_ms BIGINT,
    probe_at_us BIGINT
);

-- How each endpoint has answered, by hours since the epoch: a week of them is read for one endpoint at a time. "latencies" has a count
-- for each bucket of durations.
CREATE TABLE endpoint_hours (
    endpoint_id BYTEA NOT NULL,
    hour BIGINT NOT NULL,
    successes BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    latencies BYTEA NOT NULL,
    PRIMARY KEY (endpoint_id, hour)
);
-- Serves the removal of those that are kept no longer.
CREATE INDEX endpoint_hours_by_age ON endpoint_hours (hour, endpoint_id);
