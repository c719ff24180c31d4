DROP TABLE resend_jobs;
DROP INDEX deliveries_resent;
DROP INDEX deliveries_by_type;
-- The release before knows neither of these words. What was withheld is due now: nobody is left to decide.
UPDATE deliveries SET state = 'waiting', due_at_us = created_at_us WHERE state = 'withheld';
UPDATE deliveries SET state = 'aborted' WHERE state = 'superseded';
UPDATE deliveries SET resend = 'aborted' WHERE resend = 'superseded';
