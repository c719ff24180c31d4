DROP TABLE resend_jobs;
DROP INDEX deliveries_resent;
DROP INDEX deliveries_by_type;
-- The release before knows neither of these words. What was withheld is due now: nobody is left to decide. It keeps its end if it had
-- come to one before somebody asked for it again, else the instant there is that of withholding it.
UPDATE deliveries SET state = 'waiting', due_at_us = created_at_us,
    finished_at_us = CASE WHEN resend IS NULL OR resend LIKE '%@%' THEN NULL ELSE finished_at_us END
    WHERE state = 'withheld';
UPDATE deliveries SET state = 'aborted' WHERE state = 'superseded';
UPDATE deliveries SET resend = 'aborted' WHERE resend = 'superseded';
