DROP INDEX deliveries_due_by_endpoint;
DELETE FROM sqlite_stat1 WHERE idx = 'deliveries_due_by_endpoint';
