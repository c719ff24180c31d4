-- The whole API: answers under idempotency keys, resends and setbacks of deliveries, and an index for every filter of a list.
--
-- The release before this one goes on beside it: it does not know the new columns, and their defaults are right for its rows.

ALTER TABLE deliveries ADD COLUMN resends INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN resend TEXT;
ALTER TABLE deliveries ADD COLUMN setbacks INTEGER NOT NULL DEFAULT 0;

-- Nearly all deliveries are delivered on the first attempt, and those pay nothing for these two: a delivery that is being sent or has
-- been delivered stands in neither. A query must carry the same condition word for word.
CREATE INDEX deliveries_unsettled_by_workspace ON deliveries (workspace_id, state, id)
    WHERE state NOT IN ('leased', 'delivered');
CREATE INDEX deliveries_unsettled_by_endpoint ON deliveries (endpoint_id, state, id)
    WHERE state NOT IN ('leased', 'delivered');

CREATE INDEX events_by_workspace ON events (workspace_id, id);
CREATE INDEX events_by_type ON events (workspace_id, event_type, id);

CREATE INDEX api_keys_by_status ON api_keys (workspace_id, status, id);
CREATE INDEX api_keys_by_prefix ON api_keys (workspace_id, prefix, id);

CREATE INDEX audit_entries_by_action ON audit_entries (workspace_id, action, sequence);
CREATE INDEX audit_entries_by_subject ON audit_entries (workspace_id, subject, sequence);

-- It keeps its rowid: an answer may be long, and would leave room for few keys in the inner pages of the tree.
CREATE TABLE idempotency_answers (
    caller BLOB NOT NULL,
    key BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT;
-- Serves the removal of those that are kept no longer.
CREATE INDEX idempotency_answers_by_age ON idempotency_answers (created_at_us);

-- SQLite chooses among indexes by statistics, and without any it holds them for alike: it would look for one type of event among all
-- events of a workspace. These are those of a large hub (rows of the index, then rows for each value of its first column, of its first
-- two, and so on), so that every list is quick where it matters. Whoever runs ANALYZE replaces them by the real ones.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('deliveries', 'deliveries', '1000000 1'),
    ('deliveries', 'deliveries_by_workspace', '1000000 100000 1'),
    ('deliveries', 'deliveries_by_endpoint', '1000000 10000 1'),
    ('deliveries', 'deliveries_unsettled_by_workspace', '20000 2000 400 1'),
    ('deliveries', 'deliveries_unsettled_by_endpoint', '20000 200 40 1'),
    ('deliveries', 'deliveries_due', '2000 2 1'),
    ('deliveries', 'deliveries_leased', '500 250 1'),
    ('events', 'sqlite_autoindex_events_1', '1000000 1'),
    ('events', 'events_by_workspace', '1000000 100000 1'),
    ('events', 'events_by_type', '1000000 100000 10000 1'),
    ('events', 'events_by_external_id', '1000000 100000 1'),
    ('endpoints', 'endpoints', '100 1'),
    ('endpoints', 'endpoints_by_workspace', '100 10 1'),
    ('api_keys', 'api_keys', '100000 1'),
    ('api_keys', 'api_keys_by_digest', '100000 1'),
    ('api_keys', 'api_keys_by_workspace', '100000 10000 1'),
    ('api_keys', 'api_keys_by_status', '100000 10000 3000 1'),
    ('api_keys', 'api_keys_by_prefix', '100000 10000 1 1'),
    ('audit_entries', 'audit_entries', '100000 10000 1'),
    ('audit_entries', 'audit_entries_by_action', '100000 10000 500 1'),
    ('audit_entries', 'audit_entries_by_subject', '100000 10000 5 1');
