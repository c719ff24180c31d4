-- The spine: workspaces, keys, events, endpoints, deliveries, operators, audit.
--
-- Ids are 16 bytes that sort by age, instants are microseconds (`*_at_us`), words and JSON are text, as on SQLite.
--
-- Events, deliveries and attempts have no foreign keys: they are written on the hot path, by code that has just read what they
-- refer to, and are removed in bounded steps by age, children and parents alike.

CREATE TABLE workspaces (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at_us BIGINT NOT NULL
);

CREATE TABLE installation (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed_pepper BYTEA NOT NULL,
    default_workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    created_at_us BIGINT NOT NULL
);

CREATE TABLE operators (
    id BYTEA NOT NULL PRIMARY KEY,
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX operators_by_email ON operators (workspace_id, email);

-- The primary key serves the list: newest first within a workspace.
CREATE TABLE audit_entries (
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    sequence BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, sequence)
);

CREATE TABLE api_keys (
    id BYTEA NOT NULL PRIMARY KEY,
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    label TEXT NOT NULL,
    prefix TEXT NOT NULL,
    digest BYTEA NOT NULL,
    digest_scheme TEXT NOT NULL,
    scopes TEXT NOT NULL,
    environment TEXT NOT NULL,
    status TEXT NOT NULL,
    expires_at_us BIGINT,
    allow_list TEXT NOT NULL,
    created_at_us BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at_us BIGINT,
    revision BIGINT NOT NULL
);
CREATE UNIQUE INDEX api_keys_by_digest ON api_keys (digest);
-- Serves the list of a workspace.
CREATE INDEX api_keys_by_workspace ON api_keys (workspace_id, id);

CREATE TABLE events (
    id BYTEA NOT NULL PRIMARY KEY,
    workspace_id BYTEA NOT NULL,
    event_type TEXT NOT NULL,
    external_id TEXT,
    payload BYTEA NOT NULL,
    accepted_at_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX events_by_external_id ON events (workspace_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE endpoints (
    id BYTEA NOT NULL PRIMARY KEY,
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    event_types TEXT NOT NULL,
    status TEXT NOT NULL,
    disabled_reason TEXT,
    created_at_us BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
-- Serves the list of a workspace and the targets of an event.
CREATE INDEX endpoints_by_workspace ON endpoints (workspace_id, id);

CREATE TABLE endpoint_secrets (
    id BYTEA NOT NULL PRIMARY KEY,
    endpoint_id BYTEA NOT NULL REFERENCES endpoints (id),
    sealed BYTEA NOT NULL,
    created_at_us BIGINT NOT NULL,
    expires_at_us BIGINT
);
CREATE INDEX endpoint_secrets_by_endpoint ON endpoint_secrets (endpoint_id, id);

CREATE TABLE sessions (
    id BYTEA NOT NULL PRIMARY KEY,
    started_at_us BIGINT NOT NULL,
    beats BIGINT NOT NULL
);

CREATE TABLE deliveries (
    id BYTEA NOT NULL PRIMARY KEY,
    workspace_id BYTEA NOT NULL,
    event_id BYTEA NOT NULL,
    event_type TEXT NOT NULL,
    endpoint_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    due_at_us BIGINT,
    lease_session_id BYTEA,
    attempts BIGINT NOT NULL,
    created_at_us BIGINT NOT NULL,
    finished_at_us BIGINT,
    last_started_at_us BIGINT,
    last_duration_ms BIGINT,
    last_status BIGINT,
    last_failure TEXT,
    last_detail TEXT
);
-- Serves the list of a workspace.
CREATE INDEX deliveries_by_workspace ON deliveries (workspace_id, id);
-- Serves the list of an endpoint.
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id);
-- Only what waits is due, and only what is being sent is leased: both indexes are small, however long the history.
CREATE INDEX deliveries_due ON deliveries (due_at_us, id) WHERE due_at_us IS NOT NULL;
CREATE INDEX deliveries_leased ON deliveries (lease_session_id, id) WHERE lease_session_id IS NOT NULL;

CREATE TABLE attempts (
    delivery_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    started_at_us BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    status BIGINT,
    failure TEXT,
    detail TEXT,
    body_excerpt BYTEA NOT NULL,
    secret_ids BYTEA NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
