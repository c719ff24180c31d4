-- What rate policies decide, by hours: `policy` is the id of one, or empty for the default of every key, of which refusals alone are
-- counted. The hours of a policy that is deleted stay for as long as others do.
--
-- The release before this one goes on beside it: it does not know the table, and what it decides is missing here and nowhere else.
CREATE TABLE policy_hours (
    workspace_id BLOB NOT NULL,
    policy BLOB NOT NULL,
    hour INTEGER NOT NULL,
    allowed INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    shadow_refused INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, policy, hour)
) STRICT, WITHOUT ROWID;
-- Serves the removal of those that are kept no longer. Of the hour alone: with the workspace behind it, PostgreSQL would take it for the
-- hours of a few policies as well, and walk past those of everybody else.
CREATE INDEX policy_hours_by_age ON policy_hours (hour);

-- As if for a large hub: see the first migration that has statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('policy_hours', 'policy_hours', '200000 20000 2000 1'),
    ('policy_hours', 'policy_hours_by_age', '200000 100');
