-- A workspace uploads the OpenAPI document of its platform, which the pages are drawn from.
--
-- The release before this one goes on beside it: it does not know the table. The text stands last, so that what is known of it is
-- read without it.
CREATE TABLE reference_documents (
    workspace_id BYTEA NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    format TEXT NOT NULL,
    title TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    text_bytes BIGINT NOT NULL,
    uploaded_at_us BIGINT NOT NULL,
    uploaded_by TEXT NOT NULL,
    revision BIGINT NOT NULL,
    text TEXT NOT NULL
);
