DROP TABLE endpoint_hours;
DROP TABLE endpoint_health;
-- The release before does not know this word.
UPDATE endpoints SET disabled_reason = 'gone' WHERE disabled_reason = 'failing';
