-- How long the hub took to answer the calls with the keys of a workspace, by hours: a count for each bucket, as in "endpoint_hours"; no
-- bytes where nothing was timed. An overview reads it with what became of the calls.
--
-- The release before this one goes on beside it: it times nothing and leaves what is there.
ALTER TABLE workspace_hours ADD COLUMN latencies BYTEA NOT NULL DEFAULT '';
