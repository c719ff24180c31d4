DROP TABLE endpoint_revisions;
ALTER TABLE attempts DROP COLUMN report;
ALTER TABLE attempts DROP COLUMN session_id;
ALTER TABLE deliveries DROP COLUMN first_success;
ALTER TABLE deliveries DROP COLUMN interruptions;
-- The release before knows neither of these words.
UPDATE deliveries SET last_failure = 'protocol' WHERE last_failure = 'too_large';
UPDATE deliveries SET last_failure = 'connect' WHERE last_failure = 'interrupted';
UPDATE attempts SET failure = 'protocol' WHERE failure = 'too_large';
UPDATE attempts SET failure = 'connect' WHERE failure = 'interrupted';
