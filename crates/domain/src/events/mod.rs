//! Events: what happened on the platform, accepted once, stored with its deliveries in one transaction.

mod event;
mod event_type;
mod payload;
mod ports;
mod service;

pub use event::{Event, ExternalId, ExternalIdError};
pub use event_type::{EventPattern, EventType, EventTypeError};
pub use payload::{PAYLOAD_BYTES_DEFAULT_MAX, Payload, PayloadError};
pub use ports::EventTx;
pub use service::{EventError, Events, NewEvent, PreparedEvent, Published, publish};
