-- The log of attempts: what is known of each besides how it ended, what nodes left behind when they ended, and what endpoints were.
--
-- `report` and `first_success` are a compact encoding of what is shown and never asked for: timings, headers, sizes. A success at the
-- first attempt has no row of its own, so that the delivery's row keeps its report, written by the update that there is anyway.
--
-- The release before this one goes on beside it: it does not know the new columns, and null and 0 are right for its rows. An attempt
-- that was cut off counts as one of the schedule for it, and an endpoint that it changes keeps nothing of what it was.
--
-- That holds until an attempt is stored as `too_large` or `interrupted`: it cannot read these words, shows neither the attempts nor the
-- delivery, and parks what it should send. Then it must not run beside; the way down translates them.

ALTER TABLE deliveries ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN first_success BLOB;
ALTER TABLE attempts ADD COLUMN session_id BLOB;
ALTER TABLE attempts ADD COLUMN report BLOB;

-- What an endpoint was before each change, until the newest event of its workspace at that moment: whatever is accepted later meets the
-- next revision. Null while there was no event. Endpoints that have not changed have no row: `endpoints` tells what they are. The
-- primary key serves all reads: a few rows for each endpoint, in the order of the revisions.
CREATE TABLE endpoint_revisions (
    endpoint_id BLOB NOT NULL REFERENCES endpoints (id),
    revision INTEGER NOT NULL,
    last_event_id BLOB,
    url TEXT NOT NULL,
    event_types TEXT NOT NULL,
    status TEXT NOT NULL,
    disabled_reason TEXT,
    PRIMARY KEY (endpoint_id, revision)
) STRICT, WITHOUT ROWID;
-- Serves the removal of those that no event has met which is still there.
CREATE INDEX endpoint_revisions_by_last_event ON endpoint_revisions (last_event_id);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('endpoint_revisions', 'endpoint_revisions', '1000 10 1'),
    ('endpoint_revisions', 'endpoint_revisions_by_last_event', '1000 10');
