-- Many deliveries are resent as one job, which goes on where it was after a restart; and lists of deliveries by event type.
--
-- The release before this one goes on beside it: it does not know the table, and nobody carries its jobs out meanwhile.
--
-- That holds until a delivery is `withheld` or `superseded`, which only a restore begins: it cannot read these words, and shows no such
-- delivery. Then it must not run beside; the way down translates them, and what is withheld is due then.

-- Serves the list of one type of event.
CREATE INDEX deliveries_by_type ON deliveries (workspace_id, event_type, id);
-- Only what somebody has asked for and what has not come back stands in it. Serves the count of these, so that a job keeps few waiting.
CREATE INDEX deliveries_resent ON deliveries (workspace_id, id) WHERE resend IS NOT NULL;

CREATE TABLE resend_jobs (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    state TEXT NOT NULL,
    event_id BLOB,
    endpoint_id BLOB,
    event_type TEXT,
    delivery_state TEXT,
    created_from_us INTEGER,
    created_before_us INTEGER,
    ends_before BLOB NOT NULL,
    cursor BLOB,
    estimate INTEGER NOT NULL,
    resent INTEGER NOT NULL,
    skipped_in_flight INTEGER NOT NULL,
    skipped_held INTEGER NOT NULL,
    skipped_inactive INTEGER NOT NULL,
    skipped_failing INTEGER NOT NULL,
    skipped_too_many INTEGER NOT NULL,
    skipped_unreadable INTEGER NOT NULL,
    failure TEXT,
    created_at_us INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    finished_at_us INTEGER
) STRICT, WITHOUT ROWID;
-- Serves the list of a workspace.
CREATE INDEX resend_jobs_by_workspace ON resend_jobs (workspace_id, id);
-- A workspace has one job that is not over. Serves the look for it, and for all that run.
CREATE UNIQUE INDEX resend_jobs_open ON resend_jobs (workspace_id) WHERE state IN ('running', 'paused');

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('deliveries', 'deliveries_by_type', '1000000 100000 10000 1'),
    ('deliveries', 'deliveries_resent', '200 20 1'),
    ('resend_jobs', 'resend_jobs', '1000 1'),
    ('resend_jobs', 'resend_jobs_by_workspace', '1000 100 1'),
    ('resend_jobs', 'resend_jobs_open', '10 1');
