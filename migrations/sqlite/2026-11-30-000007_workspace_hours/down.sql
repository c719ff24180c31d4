DROP TABLE workspace_hours;
