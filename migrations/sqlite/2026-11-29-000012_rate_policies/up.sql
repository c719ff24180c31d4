-- Workspaces make rate policies, give keys other quotas, and name networks that pass unlimited.
--
-- The release before this one goes on beside it: it knows none of these tables, and limits by its configuration alone.

-- One row a workspace, which counts the changes of its rules: whoever changes one writes it. The list of networks is short and read
-- as a whole.
CREATE TABLE rate_states (
    workspace_id BLOB NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    revision INTEGER NOT NULL,
    exempt_networks TEXT NOT NULL,
    networks_revision INTEGER NOT NULL,
    override_count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- At most a hundred a workspace, always read together.
CREATE TABLE rate_policies (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    quota_limit INTEGER NOT NULL,
    window_ms INTEGER NOT NULL,
    burst INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    subject TEXT NOT NULL,
    methods TEXT NOT NULL,
    path TEXT NOT NULL,
    mode TEXT NOT NULL,
    on_backend_error TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Serves the list, and keeps names apart.
CREATE UNIQUE INDEX rate_policies_by_name ON rate_policies (workspace_id, name);

-- `policy` is the id of one, or empty for the default of every key; `subject` is the id of a key or of the workspace.
CREATE TABLE rate_overrides (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    policy BLOB NOT NULL,
    subject_kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    quota_limit INTEGER NOT NULL,
    window_ms INTEGER NOT NULL,
    burst INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Serves the way from a policy and a subject to their override, and the removal of those of a policy.
CREATE UNIQUE INDEX rate_overrides_by_subject ON rate_overrides (workspace_id, policy, subject_kind, subject);

-- Serves the list, newest first.
CREATE INDEX rate_overrides_by_age ON rate_overrides (workspace_id, id);

-- Workspaces have some dozens of policies and up to a hundred thousand overrides.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('rate_states', 'rate_states', '1000 1');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('rate_policies', 'rate_policies', '10000 1');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('rate_policies', 'rate_policies_by_name', '10000 10 1');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('rate_overrides', 'rate_overrides', '100000 1');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('rate_overrides', 'rate_overrides_by_subject', '100000 10000 5000 2500 1');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('rate_overrides', 'rate_overrides_by_age', '100000 10000 1');
