//! Receivers on loopback, requests for them, and a hub whose store is in memory.

mod hub;
mod name_server;
mod raw;
mod receiver;
mod requests;
mod store;

pub(crate) use hub::{Hub, WORKSPACE, is_delivered, is_waiting, limits, sealed_by};
pub(crate) use name_server::{NameServer, Says};
pub(crate) use raw::{Flood, read_request};
pub(crate) use receiver::{Received, Receiver, answer, gated, saying, willing};
pub(crate) use requests::{STARTED, answered, failed, hasty, options, request, sender};
pub(crate) use store::Trouble;
