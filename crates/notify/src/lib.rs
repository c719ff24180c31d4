//! Turns a notice into mail or a log line.
//!
//! Each channel is a [`Notifier`](devhub_domain::notices::Notifier); [`FanOut`] is one that asks several.

mod fan_out;
mod log;
mod mail;
mod mail_options;
mod mail_test;
mod words;

pub use fan_out::FanOut;
pub use log::LogNotifier;
pub use mail::MailNotifier;
pub use mail_options::{MailLogin, MailOptions, MailOptionsError, MailTls, RECIPIENTS_MAX, TIMEOUT_MAX};
