-- Operators work in more workspaces than the one that they are at home in. That one, and the role there, stay in "operators".
--
-- The release before this one goes on beside it: it does not know the table, and adds, changes and removes operators at home as before.
-- Whoever has gone to another workspace is signed out by it, since it finds nobody of that id there. Whom it removes works nowhere any
-- more, since the rows here go with the operator; it does not see whether another workspace has an owner left then.
-- `devhub operators add --workspace` gives that one another.
--
-- Mail addresses are those of the whole hub from now on: they tell who signs in. No release has made a second workspace, so that none
-- stands twice.
CREATE UNIQUE INDEX operators_by_address ON operators (email);

CREATE TABLE operator_memberships (
    operator_id BYTEA NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    role TEXT NOT NULL,
    since_us BIGINT NOT NULL,
    PRIMARY KEY (operator_id, workspace_id)
);
-- Serves the list of a workspace.
CREATE INDEX operator_memberships_by_workspace ON operator_memberships (workspace_id);
