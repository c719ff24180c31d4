-- The spine: workspaces, keys, events, endpoints, deliveries, operators, audit.
--
-- Ids are 16 bytes that sort by age, instants are microseconds (`*_at_us`), words and JSON are text. STRICT, because a value of
-- another type would otherwise be stored without a word. WITHOUT ROWID where a row is small: one b-tree instead of two.
-- `events` keeps its rowid: rows with a payload would leave room for few keys in the inner pages of the tree.
--
-- Events, deliveries and attempts have no foreign keys: they are written on the hot path, by code that has just read what they
-- refer to, and are removed in bounded steps by age, children and parents alike.

CREATE TABLE workspaces (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE installation (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed_pepper BLOB NOT NULL,
    default_workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    created_at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE operators (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX operators_by_email ON operators (workspace_id, email);

-- The primary key serves the list: newest first within a workspace.
CREATE TABLE audit_entries (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    sequence INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (workspace_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    label TEXT NOT NULL,
    prefix TEXT NOT NULL,
    digest BLOB NOT NULL,
    digest_scheme TEXT NOT NULL,
    scopes TEXT NOT NULL,
    environment TEXT NOT NULL,
    status TEXT NOT NULL,
    expires_at_us INTEGER,
    allow_list TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at_us INTEGER,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_keys_by_digest ON api_keys (digest);
-- Serves the list of a workspace.
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);

CREATE TABLE events (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    event_type TEXT NOT NULL,
    external_id TEXT,
    payload BLOB NOT NULL,
    accepted_at_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_external_id ON events (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE endpoints (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    event_types TEXT NOT NULL,
    status TEXT NOT NULL,
    disabled_reason TEXT,
    created_at_us INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Serves the list of a workspace and the targets of an event.
CREATE INDEX endpoints_by_workspace ON endpoints (workspace_id, id);

CREATE TABLE endpoint_secrets (
    id BLOB NOT NULL PRIMARY KEY,
    endpoint_id BLOB NOT NULL REFERENCES endpoints (id),
    sealed BLOB NOT NULL,
    created_at_us INTEGER NOT NULL,
    expires_at_us INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoint_secrets_by_endpoint ON endpoint_secrets (endpoint_id, id);

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    started_at_us INTEGER NOT NULL,
    beats INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    event_type TEXT NOT NULL,
    endpoint_id BLOB NOT NULL,
    state TEXT NOT NULL,
    due_at_us INTEGER,
    lease_session_id BLOB,
    attempts INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    finished_at_us INTEGER,
    last_started_at_us INTEGER,
    last_duration_ms INTEGER,
    last_status INTEGER,
    last_failure TEXT,
    last_detail TEXT
) STRICT, WITHOUT ROWID;
-- Serves the list of a workspace.
CREATE INDEX deliveries_by_workspace ON deliveries (workspace_id, id);
-- Serves the list of an endpoint.
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id);
-- Only what waits is due, and only what is being sent is leased: both indexes are small, however long the history.
CREATE INDEX deliveries_due ON deliveries (due_at_us, id) WHERE due_at_us IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (lease_session_id, id) WHERE lease_session_id IS NOT NULL;

CREATE TABLE attempts (
    delivery_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    started_at_us INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    failure TEXT,
    detail TEXT,
    body_excerpt BLOB NOT NULL,
    secret_ids BLOB NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT;
