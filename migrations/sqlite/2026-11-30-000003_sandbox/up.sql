-- The sandbox: payments, their transactions and refunds, customers, and the gateways that answer as they are told to.
--
-- The release before this one goes on beside it: it does not know the tables, and offers no sandbox.
--
-- Payments, transactions and refunds have no foreign keys, for the reason that events have none: code that has just read what they refer
-- to writes them, and they are removed in bounded steps by age. Amounts are minor units of their currency.

-- How far each kind of number has been counted in a workspace. Whoever takes a number holds the row until its transaction ends.
CREATE TABLE sandbox_numbers (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    kind TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, kind)
) STRICT, WITHOUT ROWID;

-- It keeps its rowid: metadata may be long, and would leave room for few keys in the inner pages of the tree.
CREATE TABLE sandbox_payments (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    token BLOB NOT NULL,
    status TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    customer INTEGER,
    callback_url TEXT,
    redirect_url TEXT,
    cancel_url TEXT,
    gateway TEXT,
    metadata TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
-- Serves whoever pays, who has nothing but the token.
CREATE UNIQUE INDEX sandbox_payments_by_token ON sandbox_payments (token);
-- Only what can still be paid stands in it. Serves the look for what expires.
CREATE INDEX sandbox_payments_open ON sandbox_payments (expires_at_us, id) WHERE status IN ('pending', 'processing');
-- Serves the removal of those that are kept no longer.
CREATE INDEX sandbox_payments_ended ON sandbox_payments (updated_at_us, id) WHERE status NOT IN ('pending', 'processing');

-- The primary key serves the look-up by number, and the list of a workspace.
CREATE TABLE sandbox_transactions (
    workspace_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    trx_id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    gateway TEXT NOT NULL,
    gateway_trx_id TEXT NOT NULL,
    status TEXT NOT NULL,
    method TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    fee_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    settles_at_us INTEGER,
    settles_as TEXT,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    completed_at_us INTEGER,
    revision INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, number)
) STRICT, WITHOUT ROWID;
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
    workspace_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    transaction_number INTEGER NOT NULL,
    trx_id BLOB NOT NULL,
    gateway_trx_id TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL,
    settles_at_us INTEGER,
    settles_as TEXT,
    processed_at_us INTEGER,
    created_at_us INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, number)
) STRICT, WITHOUT ROWID;
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
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    number INTEGER NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    email_key TEXT,
    phone TEXT,
    phone_key TEXT,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sandbox_customers_by_id ON sandbox_customers (id);
-- A workspace knows an address once; customers without one do not meet.
CREATE UNIQUE INDEX sandbox_customers_by_email ON sandbox_customers (workspace_id, email_key);
CREATE INDEX sandbox_customers_by_phone ON sandbox_customers (workspace_id, phone_key, number);

-- Gateways that somebody has changed: a handful a workspace. The others are as they were made.
CREATE TABLE sandbox_gateways (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    is_on INTEGER NOT NULL,
    outcome TEXT,
    updated_at_us INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT, WITHOUT ROWID;

-- As if for a large hub: see the first migration that has statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('sandbox_numbers', 'sandbox_numbers', '30 3 1'),
    ('sandbox_payments', 'sqlite_autoindex_sandbox_payments_1', '1000000 1'),
    ('sandbox_payments', 'sandbox_payments_by_token', '1000000 1'),
    ('sandbox_payments', 'sandbox_payments_open', '1000 1 1'),
    ('sandbox_payments', 'sandbox_payments_ended', '1000000 1 1'),
    ('sandbox_transactions', 'sandbox_transactions', '1000000 100000 1'),
    ('sandbox_transactions', 'sandbox_transactions_by_trx_id', '1000000 100000 1'),
    ('sandbox_transactions', 'sandbox_transactions_by_gateway_trx_id', '1000000 100000 1 1'),
    ('sandbox_transactions', 'sandbox_transactions_by_payment', '1000000 1 1'),
    ('sandbox_transactions', 'sandbox_transactions_by_age', '1000000 100000 1 1'),
    ('sandbox_transactions', 'sandbox_transactions_by_status', '1000000 100000 20000 1 1'),
    ('sandbox_transactions', 'sandbox_transactions_by_gateway', '1000000 100000 30000 1 1'),
    ('sandbox_transactions', 'sandbox_transactions_due', '1000 1'),
    ('sandbox_refunds', 'sandbox_refunds', '100000 10000 1'),
    ('sandbox_refunds', 'sandbox_refunds_by_transaction', '100000 10000 1 1'),
    ('sandbox_refunds', 'sandbox_refunds_by_id', '100000 1'),
    ('sandbox_refunds', 'sandbox_refunds_by_payment', '100000 1'),
    ('sandbox_refunds', 'sandbox_refunds_by_age', '100000 10000 1 1'),
    ('sandbox_refunds', 'sandbox_refunds_by_status', '100000 10000 3000 1 1'),
    ('sandbox_refunds', 'sandbox_refunds_due', '100 1'),
    ('sandbox_refunds', 'sandbox_refunds_pending', '1000 1'),
    ('sandbox_customers', 'sandbox_customers', '100000 10000 1'),
    ('sandbox_customers', 'sandbox_customers_by_id', '100000 1'),
    ('sandbox_customers', 'sandbox_customers_by_email', '100000 10000 1'),
    ('sandbox_customers', 'sandbox_customers_by_phone', '100000 10000 1 1'),
    ('sandbox_gateways', 'sandbox_gateways', '30 3 1');
