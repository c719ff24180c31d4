DROP INDEX endpoint_secrets_by_number;
CREATE INDEX endpoint_secrets_by_endpoint ON endpoint_secrets (endpoint_id, id);
ALTER TABLE endpoint_secrets DROP COLUMN number;
