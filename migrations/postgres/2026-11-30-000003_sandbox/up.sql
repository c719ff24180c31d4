-- The sandbox: payments, their transactions and refunds, customers, and the gateways that answer as they are told to.
--
-- The release before this one goes on beside it: it does not know the tables, and offers no sandbox.
--
-- Payments, transactions and refunds have no foreign keys, for the reason that events have none: code that has just read what they refer
-- to writes them, and they are removed in bounded steps by age. Amounts are minor units of their currency.

-- How far each kind of number has been counted in a workspace. Whoever takes a number holds the row until its transaction ends.
CREATE TABLE sandbox_numbers (
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, kind)
);

CREATE TABLE sandbox_payments (
    id BYTEA NOT NULL PRIMARY KEY,
    workspace_id BYTEA NOT NULL,
    token BYTEA NOT NULL,
    status TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    customer BIGINT,
    callback_url TEXT,
    redirect_url TEXT,
    cancel_url TEXT,
    gateway TEXT,
    metadata TEXT NOT NULL,
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    expires_at_us BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
-- Serves whoever pays, who has nothing but the token.
CREATE UNIQUE INDEX sandbox_payments_by_token ON sandbox_payments (token);
-- Only what can still be paid stands in it. Serves the look for what expires.
CREATE INDEX sandbox_payments_open ON sandbox_payments (expires_at_us, id) WHERE status IN ('pending', 'processing');
-- Serves the removal of those that are kept no longer.
CREATE INDEX sandbox_payments_ended ON sandbox_payments (updated_at_us, id) WHERE status NOT IN ('pending', 'processing');

-- The primary key serves the look-up by number, and the list of a workspace.
CREATE TABLE sandbox_transactions (
    workspace_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    trx_id BYTEA NOT NULL,
    payment_id BYTEA NOT NULL,
    gateway TEXT NOT NULL,
    gateway_trx_id TEXT NOT NULL,
    status TEXT NOT NULL,
    method TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    settles_at_us BIGINT,
    settles_as TEXT,
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    completed_at_us BIGINT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE UNIQUE INDEX sandbox_transactions_by_trx_id ON sandbox_transactions (workspace_id, trx_id);
CREATE INDEX sandbox_transactions_by_gateway_trx_id ON sandbox_transactions (workspace_id, gateway_trx_id, number);
-- Serves the newest of a payment, and the look whether one of them waits.
CREATE INDEX sandbox_transactions_by_payment ON sandbox_transactions (payment_id, number);
-- These serve the list of a workspace and the count of its rows, by period, by status and by gateway. Each has all that a filter by period
-- asks for, so that rows which it does not want are not read.
CREATE INDEX sandbox_transactions_by_age ON sandbox_transactions (workspace_id, created_at_us, number);
CREATE INDEX sandbox_transactions_by_status ON sandbox_transactions (workspace_id, status, number, created_at_us);
CREATE INDEX sandbox_transactions_by_gateway ON sandbox_transactions (workspace_id, gateway, number, created_at_us);
-- Only what settles by itself stands in it. Serves the look for what is due.
CREATE INDEX sandbox_transactions_due ON sandbox_transactions (settles_at_us) WHERE settles_at_us IS NOT NULL;

-- The primary key serves the list of a workspace. A refund has the currency of its transaction.
CREATE TABLE sandbox_refunds (
    workspace_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    id BYTEA NOT NULL,
    payment_id BYTEA NOT NULL,
    transaction_number BIGINT NOT NULL,
    trx_id BYTEA NOT NULL,
    gateway_trx_id TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    settles_at_us BIGINT,
    settles_as TEXT,
    processed_at_us BIGINT,
    created_at_us BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE UNIQUE INDEX sandbox_refunds_by_id ON sandbox_refunds (id);
-- Serves the refunds of a transaction, newest first, and their sums.
CREATE INDEX sandbox_refunds_by_transaction ON sandbox_refunds (workspace_id, transaction_number, number);
-- Serves the removal of a payment with all that belongs to it.
CREATE INDEX sandbox_refunds_by_payment ON sandbox_refunds (payment_id);
-- These serve the list of a workspace and the count of its rows, as those of transactions do.
CREATE INDEX sandbox_refunds_by_age ON sandbox_refunds (workspace_id, created_at_us, number);
CREATE INDEX sandbox_refunds_by_status ON sandbox_refunds (workspace_id, status, number, created_at_us);
-- Only what settles by itself stands in the first, and only what has not ended in the second. They serve the look for what is due.
CREATE INDEX sandbox_refunds_due ON sandbox_refunds (settles_at_us) WHERE settles_at_us IS NOT NULL;
CREATE INDEX sandbox_refunds_pending ON sandbox_refunds (created_at_us) WHERE status = 'pending';

-- `email_key` and `phone_key` are what addresses and telephone numbers are compared by. The primary key serves the list.
CREATE TABLE sandbox_customers (
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    number BIGINT NOT NULL,
    id BYTEA NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    email_key TEXT,
    phone TEXT,
    phone_key TEXT,
    created_at_us BIGINT NOT NULL,
    updated_at_us BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, number)
);
CREATE UNIQUE INDEX sandbox_customers_by_id ON sandbox_customers (id);
-- A workspace knows an address once; customers without one do not meet.
CREATE UNIQUE INDEX sandbox_customers_by_email ON sandbox_customers (workspace_id, email_key);
CREATE INDEX sandbox_customers_by_phone ON sandbox_customers (workspace_id, phone_key, number);

-- Gateways that somebody has changed: a handful a workspace. The others are as they were made.
CREATE TABLE sandbox_gateways (
    workspace_id BYTEA NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    is_on BIGINT NOT NULL,
    outcome TEXT,
    updated_at_us BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);
