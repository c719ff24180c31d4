-- How requests to an endpoint are made, where its owner wants it otherwise than the hub does: null is as the hub does it.
--
-- The deadline has its value in every row: ten seconds, as all requests had until now. Headers are text, one in a line; what is secret
-- in them is sealed like the secrets of endpoints. Nothing is looked for by these columns, so none has an index.
--
-- The release before this one goes on beside it: it does not know the columns. What it creates gets the defaults, which are what it
-- does; what it changes keeps them. It sends to an endpoint with other settings as if it had none.
ALTER TABLE endpoints ADD COLUMN timeout_ms BIGINT NOT NULL DEFAULT 10000;
ALTER TABLE endpoints ADD COLUMN retry_schedule TEXT;
ALTER TABLE endpoints ADD COLUMN rate TEXT;
ALTER TABLE endpoints ADD COLUMN in_flight_max BIGINT;
ALTER TABLE endpoints ADD COLUMN headers TEXT;
ALTER TABLE endpoints ADD COLUMN authorities_pem TEXT;
