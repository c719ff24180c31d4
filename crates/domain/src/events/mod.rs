//! Events: what happened on the platform, accepted once, stored with its deliveries in one transaction.

mod catalog;
mod event;
mod event_type;
mod operational;
mod operational_service;
mod payload;
mod ports;
mod schema;
mod service;

pub use catalog::{CATALOG, CatalogEntry, TEST_EVENT};
pub use event::{Event, EventFilter, EventHead, ExternalId, ExternalIdError};
pub use event_type::{EventPattern, EventType, EventTypeError};
pub(crate) use operational::Operational;
pub use operational::{OPERATIONAL, is_operational};
pub(crate) use operational_service::publish_operational;
pub use payload::{PAYLOAD_BYTES_DEFAULT_MAX, Payload, PayloadError, depth};
pub use ports::EventTx;
pub use schema::{FAULTS_MAX, Fault, SCHEMA_BYTES_MAX, STEPS_MAX, Schema, SchemaError};
pub use service::{
    BATCH_DELIVERIES_MAX, BATCH_EVENTS_MAX, BatchError, EventError, Events, NewEvent, PreparedEvent, Published, publish,
};
