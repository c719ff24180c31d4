-- The release before does not know the word.
UPDATE deliveries SET state = 'aborted' WHERE state = 'expired';
UPDATE deliveries SET resend = 'aborted' WHERE resend = 'expired';
UPDATE resend_jobs SET delivery_state = 'aborted' WHERE delivery_state = 'expired';
