-- The whole API: answers under idempotency keys, resends and setbacks of deliveries, and an index for every filter of a list.
--
-- The release before this one goes on beside it: it does not know the new columns, and their defaults are right for its rows.

ALTER TABLE deliveries ADD COLUMN resends BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN resend TEXT;
ALTER TABLE deliveries ADD COLUMN setbacks BIGINT NOT NULL DEFAULT 0;

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

CREATE TABLE idempotency_answers (
    caller BYTEA NOT NULL,
    key BYTEA NOT NULL,
    fingerprint BYTEA NOT NULL,
    status BIGINT NOT NULL,
    body BYTEA NOT NULL,
    created_at_us BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);
-- Serves the removal of those that are kept no longer.
CREATE INDEX idempotency_answers_by_age ON idempotency_answers (created_at_us);
