//! The storage ports of the Developer Hub, with Diesel, on SQLite and PostgreSQL.
//!
//! [`Database`] is the store of a hub: it owns a writer queue with group commit, readers, and the migrations. The URL chooses the
//! backend at run time. A service that keeps events in a database of its own wraps a connection on which a transaction is open
//! in [`SqliteTx`] or [`PostgresTx`] and hands it to the domain's use cases:
//!
//! ```no_run
//! # use devhub_domain::events::{EventError, PreparedEvent, Published, publish};
//! # use devhub_storage::SqliteTx;
//! # fn in_own_transaction(conn: &mut diesel::SqliteConnection, event: &PreparedEvent) -> Result<Published, EventError> {
//! let mut tx = SqliteTx::wrap(conn);
//! publish(&mut tx, event, None)
//! # }
//! ```
//!
//! One query, one text: a body between the braces of the macro `both!` is compiled for both connections; what differs stands in
//! `dialect`. Row structs are this crate's own and are converted to domain types with every value checked.

mod api_key_filter;
mod api_keys;
mod attempts;
mod audit;
mod batch;
mod claim;
mod close;
mod database;
mod deliveries;
mod delivery_columns;
mod delivery_list;
mod delivery_log;
mod delivery_row;
mod dialect;
mod due;
mod endpoint_health;
mod endpoint_settings;
mod endpoints;
mod error;
mod event_types;
mod events;
mod id_bounds;
mod idempotency;
mod insert_deliveries;
mod insert_event;
mod installation;
mod interrupted;
mod lend;
mod link;
mod lock;
mod migrate;
mod operator_dialect;
mod operator_memberships;
mod operator_second_factors;
mod operator_sessions;
mod operators;
mod options;
mod pattern;
mod policy_hours;
mod postgres;
mod queue;
mod rate_overrides;
mod rate_policies;
mod readers;
mod record;
mod record_all;
mod reference_documents;
mod report;
mod resend_job_row;
mod resends;
mod restores;
mod retention;
mod row;
mod sandbox_customers;
mod sandbox_dialect;
mod sandbox_gateways;
mod sandbox_numbers;
mod sandbox_page;
mod sandbox_payments;
mod sandbox_refunds;
mod sandbox_row;
mod sandbox_schema;
mod sandbox_transactions;
mod schema;
mod sessions;
mod sole_node;
mod sqlite;
mod stragglers;
mod targets;
mod tx;
mod url;
mod usage;
mod usage_counts;
mod usage_schema;
mod workspace_hours;
mod writer;
#[cfg(test)]
mod writer_tests;

pub use database::{Database, DatabaseKind};
pub use error::{BackupError, MigrateError, OpenError, WriterError};
pub use lock::DATABASE_FILE;
pub use options::{Options, Synchronous};
pub use queue::{BATCH_SIZES, WriterStats};
pub use sole_node::SoleNode;
pub use tx::{PostgresTx, SqliteTx};
pub use url::{DatabaseUrl, DatabaseUrlError};

/// The code of the guide, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/EMBEDDING.md")]
struct Embedding;
