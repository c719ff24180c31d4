//! Events: what happened on the platform, accepted once, stored with its deliveries in one transaction.

mod catalog;
mod catalog_schemas;
mod check_service;
mod event;
mod event_type;
mod event_type_service;
mod key_event_service;
mod key_events;
mod operational;
mod operational_service;
mod own_type;
mod own_type_error;
mod payload;
mod ports;
mod schema;
mod schema_cache;
mod service;
mod spellings;

pub use catalog::{CATALOG, CatalogEntry, TEST_EVENT, built_in, subscribable};
pub use catalog_schemas::SHARED_DEFINITIONS;
pub use check_service::check;
pub use event::{Event, EventFilter, EventHead, ExternalId, ExternalIdError};
pub use event_type::{EventPattern, EventType, EventTypeError};
pub use event_type_service::{EventTypes, OWN_TYPES_MAX};
pub use key_event_service::tell_of_key;
pub use operational::{OPERATIONAL, is_operational};
pub(crate) use operational::{Operational, is_about};
pub(crate) use operational_service::publish_operational;
pub use own_type::{
    KnownType, NewOwnType, OwnType, OwnTypeChanges, SAMPLE_BYTES_MAX, TypeDescription, TypeDescriptionError,
};
pub use own_type_error::OwnTypeError;
pub use payload::{PAYLOAD_BYTES_DEFAULT_MAX, Payload, PayloadError};
pub use ports::{EventTx, OwnTypeTx};
pub use schema::{FAULTS_MAX, Fault, SCHEMA_BYTES_MAX, STEPS_MAX, Schema, SchemaError};
pub use schema_cache::SchemaCache;
pub use service::{
    BATCH_DELIVERIES_MAX, BATCH_EVENTS_MAX, BatchError, EventError, Events, NewEvent, PreparedEvent, Published,
    hand_over, publish, publish_to,
};
pub use spellings::{subscribed, without_repeats};
