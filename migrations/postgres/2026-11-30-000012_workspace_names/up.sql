-- A name is that of one workspace: until now two could be given the same one at the same instant, which nobody tells apart. They are
-- compared as the program compares them, by their bytes.
--
-- Where two are alike already, the oldest keeps the name, and the others get the end of their id behind it: no id ends like another, and
-- no name grows beyond its 100 characters. Their logs do not tell of it, since only the program can write to them.
--
-- The release before this one goes on beside it: it refuses a name that is taken by itself, and where it overlooks one the write fails.

-- Whoever writes a workspace waits, so that none gets a name of another between the two statements.
LOCK TABLE workspaces IN SHARE ROW EXCLUSIVE MODE;
UPDATE workspaces SET name = substr(name, 1, 80) || ' (' || encode(substr(id, 11), 'hex') || ')'
    WHERE EXISTS (SELECT 1 FROM workspaces older WHERE older.name = workspaces.name AND older.id < workspaces.id);

-- With a condition that always holds: an index without one would make the name part of the row's key, and a rename would wait for each
-- key and event that is being written, while those wait for the lock of the log, which is on the same row.
CREATE UNIQUE INDEX workspaces_by_name ON workspaces (name) WHERE name <> '';
