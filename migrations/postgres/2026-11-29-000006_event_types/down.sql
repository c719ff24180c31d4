DROP TABLE event_types;
ALTER TABLE workspaces DROP COLUMN event_checks;
