DROP TABLE rate_overrides;
DROP TABLE rate_policies;
DROP TABLE rate_states;
