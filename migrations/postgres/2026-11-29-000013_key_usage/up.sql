-- What keys are used for, by hours since the epoch: how calls were answered, why some were refused, and the last addresses.
--
-- The release before this one goes on beside it: it does not know the tables and counts nothing. A key has a row an hour at most,
-- however often it is called: 2,160 in 90 days.
CREATE TABLE key_hours (
    key_id BYTEA NOT NULL,
    hour BIGINT NOT NULL,
    success BIGINT NOT NULL,
    redirect BIGINT NOT NULL,
    client_error BIGINT NOT NULL,
    too_many BIGINT NOT NULL,
    server_error BIGINT NOT NULL,
    verifications BIGINT NOT NULL,
    revoked BIGINT NOT NULL,
    locked BIGINT NOT NULL,
    expired BIGINT NOT NULL,
    workspace_suspended BIGINT NOT NULL,
    ip_not_allowed BIGINT NOT NULL,
    insufficient_scope BIGINT NOT NULL,
    rate_limited BIGINT NOT NULL,
    addresses BYTEA NOT NULL,
    PRIMARY KEY (key_id, hour)
);
-- Serves the removal of those that are kept no longer.
CREATE INDEX key_hours_by_age ON key_hours (hour, key_id);

-- Attempts with tokens that no key has, by network: "" stands for those that had no room of their own. The primary key serves the list and
-- the removal; networks sort byte by byte, so that both databases sort alike.
CREATE TABLE unknown_attempts (
    hour BIGINT NOT NULL,
    network TEXT NOT NULL COLLATE "C",
    unknown BIGINT NOT NULL,
    malformed BIGINT NOT NULL,
    PRIMARY KEY (hour, network)
);
