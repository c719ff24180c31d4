-- Workspaces add event types to the catalogue, and may have what is published held against it.
--
-- The release before this one goes on beside it: it does not know table and column, and the default is right for its rows, because
-- it holds nothing against anything. What it publishes into a strict workspace is accepted unchecked.
ALTER TABLE workspaces ADD COLUMN event_checks TEXT NOT NULL DEFAULT 'off';

-- The primary key serves the list, by name: byte by byte, so that both databases sort alike.
CREATE TABLE event_types (
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL COLLATE "C",
    description TEXT NOT NULL,
    schema TEXT NOT NULL,
    sample BYTEA NOT NULL,
    status TEXT NOT NULL,
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);
