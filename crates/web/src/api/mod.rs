//! The routes: what is asked, which use case answers, how the answer looks, and what the document says of it.

mod api_keys;
mod audit;
mod audit_export;
mod auth_check;
mod deliveries;
mod endpoint_health;
mod endpoint_secrets;
mod endpoint_tests;
mod endpoints;
mod event_outcomes;
mod event_types;
mod events;
pub(crate) mod explain;
pub(crate) mod health;
mod key_usage;
mod limits;
mod openapi;
mod rates;
mod resends;
mod routes;
mod whoami;
mod workspaces;

pub(crate) use api_keys::{Export, ExportFormat};
pub(crate) use audit::AUDIT_WORD_CHARS_MAX;
pub(crate) use audit_export::AuditExport;
#[cfg(test)]
pub(crate) use routes::paths;
pub(crate) use routes::{operations, routes};
