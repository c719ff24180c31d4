-- A workspace uploads the OpenAPI document of its platform, which the pages are drawn from.
--
-- The release before this one goes on beside it: it does not know the table. The text stands last, so that what is known of it is
-- read without it.
CREATE TABLE reference_documents (
    workspace_id BLOB NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    format TEXT NOT NULL,
    title TEXT NOT NULL,
    text_hash TEXT NOT NULL,
    text_bytes INTEGER NOT NULL,
    uploaded_at_us INTEGER NOT NULL,
    uploaded_by TEXT NOT NULL,
    revision INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('reference_documents', 'sqlite_autoindex_reference_documents_1', '20 1');
