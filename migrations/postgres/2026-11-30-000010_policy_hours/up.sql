-- What rate policies decide, by hours: `policy` is the id of one, or empty for the default of every key, of which refusals alone are
-- counted. The hours of a policy that is deleted stay for as long as others do.
--
-- The release before this one goes on beside it: it does not know the table, and what it decides is missing here and nowhere else.
CREATE TABLE policy_hours (
    workspace_id BYTEA NOT NULL,
    policy BYTEA NOT NULL,
    hour BIGINT NOT NULL,
    allowed BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    shadow_refused BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, policy, hour)
);
-- Serves the removal of those that are kept no longer. Of the hour alone: with the workspace behind it, PostgreSQL would take it for the
-- hours of a few policies as well, and walk past those of everybody else.
CREATE INDEX policy_hours_by_age ON policy_hours (hour);
