//! Who a request comes from.

mod caller;
mod credential;
mod need;

pub(crate) use caller::Caller;
pub(crate) use credential::CredentialError;
pub(crate) use need::{
    AnyKey, AuditRead, DeliveriesRead, DeliveriesWrite, EndpointsRead, EndpointsWrite, EventTypesWrite, EventsRead,
    EventsWrite, KeysRead, KeysWrite, LimitsRead, Need,
};
