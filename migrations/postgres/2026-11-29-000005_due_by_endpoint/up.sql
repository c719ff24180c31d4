-- A claim goes from endpoint to endpoint and takes of each what is due longest: however much waits for one that is full, resting or
-- paused, it costs one step. Only what waits is in it, so a delivery that succeeds at once never pays for it.
--
-- The release before this one goes on beside it, and claims by `deliveries_due` as before.
CREATE INDEX deliveries_due_by_endpoint ON deliveries (endpoint_id, due_at_us, id) WHERE due_at_us IS NOT NULL;
