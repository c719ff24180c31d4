DELETE FROM sqlite_stat1 WHERE tbl IN ('rate_states', 'rate_policies', 'rate_overrides');
DROP TABLE rate_overrides;
DROP TABLE rate_policies;
DROP TABLE rate_states;
