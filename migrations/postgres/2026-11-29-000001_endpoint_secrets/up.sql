-- Secrets are rotated: an endpoint has several, and a number tells in which order they were made. Ids cannot tell: they carry what
-- the clock said, which may have gone back between two rotations, and headers with room for one signature need the oldest secret.
--
-- Today's secrets are in this table since the spine, one for each endpoint; they stay where they are and become the first of theirs.
--
-- The release before this one goes on beside it: it does not know the column, and the default is right for its rows, because it makes
-- a secret only together with its endpoint. It passes over secrets whose time is over, and signs with the oldest by id, which is the
-- oldest by number too unless the clock has gone back.
ALTER TABLE endpoint_secrets ADD COLUMN number BIGINT NOT NULL DEFAULT 1;
UPDATE endpoint_secrets SET number = (
    SELECT count(*) FROM endpoint_secrets earlier
    WHERE earlier.endpoint_id = endpoint_secrets.endpoint_id AND earlier.id <= endpoint_secrets.id
);

DROP INDEX endpoint_secrets_by_endpoint;
-- Serves the secrets of an endpoint, oldest first; and of two rotations at once the second is refused.
CREATE UNIQUE INDEX endpoint_secrets_by_number ON endpoint_secrets (endpoint_id, number);
