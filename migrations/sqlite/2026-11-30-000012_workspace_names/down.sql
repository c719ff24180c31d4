DELETE FROM sqlite_stat1 WHERE tbl = 'workspaces';
DROP INDEX workspaces_by_name;
