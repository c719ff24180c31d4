-- Operators sign in: what their passwords are compared with, their sessions, and the time zone in which a workspace reads instants.
--
-- The release before this one goes on beside it: it does not know the new columns, and their defaults are right for its rows. An
-- operator without a password cannot sign in until it is set.

ALTER TABLE operators ADD COLUMN password_hash TEXT;
ALTER TABLE operators ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

ALTER TABLE workspaces ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';

-- A token is found by its digest, which is all that is kept of it. `ends_at_us` follows from the two instants before it, and is kept
-- for the index alone.
CREATE TABLE operator_sessions (
    id BYTEA NOT NULL PRIMARY KEY,
    digest BYTEA NOT NULL,
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    operator_id BYTEA NOT NULL REFERENCES operators (id),
    created_at_us BIGINT NOT NULL,
    last_seen_at_us BIGINT NOT NULL,
    ends_at_us BIGINT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE UNIQUE INDEX operator_sessions_by_digest ON operator_sessions (digest);
-- Serves the list of an operator, and the end of all of its sessions.
CREATE INDEX operator_sessions_by_operator ON operator_sessions (operator_id, id);
-- Serves the removal of those that have ended.
CREATE INDEX operator_sessions_by_end ON operator_sessions (ends_at_us);
