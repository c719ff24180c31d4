//! Notices: what the hub tells its operators without being asked.

mod key_notice;
mod notice;
mod ports;

pub use notice::Notice;
pub use ports::{Notifier, NotifyError};
