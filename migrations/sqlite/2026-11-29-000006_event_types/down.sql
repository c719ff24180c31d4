DELETE FROM sqlite_stat1 WHERE tbl = 'event_types';
DROP TABLE event_types;
ALTER TABLE workspaces DROP COLUMN event_checks;
