ALTER TABLE endpoints DROP COLUMN authorities_pem;
ALTER TABLE endpoints DROP COLUMN headers;
ALTER TABLE endpoints DROP COLUMN in_flight_max;
ALTER TABLE endpoints DROP COLUMN rate;
ALTER TABLE endpoints DROP COLUMN retry_schedule;
ALTER TABLE endpoints DROP COLUMN timeout_ms;
