//! Who a request comes from.

mod caller;
mod credential;
mod judge;
mod need;
mod require;

pub(crate) use caller::Caller;
pub(crate) use credential::{X_API_KEY, find as find_credential};
pub(crate) use judge::{COST, Judging, judge, note, part, user_agent};
pub(crate) use need::{
    AnyKey, AuditRead, DeliveriesRead, DeliveriesWrite, EndpointsRead, EndpointsWrite, EventTypesWrite, EventsRead,
    EventsWrite, KeysRead, KeysWrite, LimitsRead, LimitsWrite, Need,
};
pub use require::{KeyHolder, RequireKey, RequireKeyService};
