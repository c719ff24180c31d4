-- Workspaces add event types to the catalogue, and may have what is published held against it.
--
-- The release before this one goes on beside it: it does not know table and column, and the default is right for its rows, because
-- it holds nothing against anything. What it publishes into a strict workspace is accepted unchecked.
ALTER TABLE workspaces ADD COLUMN event_checks TEXT NOT NULL DEFAULT 'off';

-- The primary key serves the list, by name. The table keeps its rowid: schemas and samples are long, and would leave room for few
-- keys in the inner pages of the tree.
CREATE TABLE event_types (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    schema TEXT NOT NULL,
    sample BLOB NOT NULL,
    status TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT;

-- Workspaces have some dozens of types: the primary key is the way to each, as its columns come.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('event_types', 'sqlite_autoindex_event_types_1', '1000 50 1');
