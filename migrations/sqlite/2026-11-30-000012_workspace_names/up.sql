-- A name is that of one workspace: until now two could be given the same one at the same instant, which nobody tells apart. They are
-- compared as the program compares them, by their bytes.
--
-- Where two are alike already, the oldest keeps the name, and the others get the end of their id behind it: no id ends like another, and
-- no name grows beyond its 100 characters. Their logs do not tell of it, since only the program can write to them.
--
-- The release before this one goes on beside it: it refuses a name that is taken by itself, and where it overlooks one the write fails.

UPDATE workspaces SET name = substr(name, 1, 80) || ' (' || lower(hex(substr(id, 11))) || ')'
    WHERE EXISTS (SELECT 1 FROM workspaces older WHERE older.name = workspaces.name AND older.id < workspaces.id);

CREATE UNIQUE INDEX workspaces_by_name ON workspaces (name);

-- As if for a large hub: see the first migration that has statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('workspaces', 'workspaces', '100 1'),
    ('workspaces', 'workspaces_by_name', '100 1');
