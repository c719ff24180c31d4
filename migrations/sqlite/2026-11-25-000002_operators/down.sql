DROP TABLE operator_sessions;
ALTER TABLE workspaces DROP COLUMN time_zone;
ALTER TABLE operators DROP COLUMN revision;
ALTER TABLE operators DROP COLUMN password_hash;
