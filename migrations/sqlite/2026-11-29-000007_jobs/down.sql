DROP TABLE resend_jobs;
DROP INDEX deliveries_resent;
DROP INDEX deliveries_by_type;
