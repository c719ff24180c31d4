-- Workspaces make rate policies, give keys other quotas, and name networks that pass unlimited.
--
-- The release before this one goes on beside it: it knows none of these tables, and limits by its configuration alone.

-- One row a workspace, which counts the changes of its rules: whoever changes one writes it. The list of networks is short and read
-- as a whole.
CREATE TABLE rate_states (
    workspace_id BYTEA NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    revision BIGINT NOT NULL,
    exempt_networks TEXT NOT NULL,
    networks_revision BIGINT NOT NULL,
    override_count BIGINT NOT NULL
);

-- At most a hundred a workspace, always read together.
CREATE TABLE rate_policies (
    id BYTEA NOT NULL PRIMARY KEY,
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    quota_limit BIGINT NOT NULL,
    window_ms BIGINT NOT NULL,
    burst BIGINT NOT NULL,
    cost BIGINT NOT NULL,
    subject TEXT NOT NULL,
    methods TEXT NOT NULL,
    path TEXT NOT NULL,
    mode TEXT NOT NULL,
    on_backend_error TEXT NOT NULL,
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

-- Serves the list, and keeps names apart.
CREATE UNIQUE INDEX rate_policies_by_name ON rate_policies (workspace_id, name);

-- `policy` is the id of one, or empty for the default of every key; `subject` is the id of a key or of the workspace.
CREATE TABLE rate_overrides (
    id BYTEA NOT NULL PRIMARY KEY,
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    policy BYTEA NOT NULL,
    subject_kind TEXT NOT NULL,
    subject BYTEA NOT NULL,
    quota_limit BIGINT NOT NULL,
    window_ms BIGINT NOT NULL,
    burst BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

-- Serves the way from a policy and a subject to their override, and the removal of those of a policy.
CREATE UNIQUE INDEX rate_overrides_by_subject ON rate_overrides (workspace_id, policy, subject_kind, subject);

-- Serves the list, newest first.
CREATE INDEX rate_overrides_by_age ON rate_overrides (workspace_id, id);
