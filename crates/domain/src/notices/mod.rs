//! Notices: what the hub tells its operators without being asked.

mod key_notice;
mod mail_test;
#[cfg(feature = "operators")]
mod mail_test_service;
mod notice;
mod ports;

pub use mail_test::{MailFault, MailFaultKind, MailTest};
#[cfg(feature = "operators")]
pub use mail_test_service::{MAIL_TESTS_A_MINUTE, MailTestError, MailTests};
pub use notice::Notice;
pub use ports::{Notifier, NotifyError};
