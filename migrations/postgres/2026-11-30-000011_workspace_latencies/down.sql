ALTER TABLE workspace_hours DROP COLUMN latencies;
