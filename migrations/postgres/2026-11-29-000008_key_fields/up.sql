-- Keys have an owner, metadata, and after a rotation a successor.
--
-- The release before this one goes on beside it: the defaults are right for the keys that it issues, and a rotated key carries the end
-- of its grace in `expires_at_us`, which that release knows.
ALTER TABLE api_keys ADD COLUMN owner TEXT;
ALTER TABLE api_keys ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE api_keys ADD COLUMN rotated_at_us BIGINT;
ALTER TABLE api_keys ADD COLUMN successor_id BYTEA;
