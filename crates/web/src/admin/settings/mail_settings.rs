//! What the page of the mail is given: the settings as they are, and what sends a test.

use std::sync::Arc;

use devhub_domain::notices::MailTests;
use tokio::sync::Semaphore;

/// How mail leaves the hub, as far as people may see it: no password.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Host name or address of the mail server.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected, in the word of the setting.
    pub tls: &'static str,
    /// The name to log in with; `None` where there is no login, and so no password.
    pub username: Option<String>,
    /// The sender.
    pub from: String,
    /// Who is told.
    pub to: Vec<String>,
    /// The name of the greeting.
    pub hello_name: String,
    /// Seconds to wait for the server, and again for each of its answers.
    pub timeout_s: u64,
    /// Whether what becomes of keys is told too.
    pub tells_of_keys: bool,
}

/// Mail that is set.
#[derive(Clone)]
pub(in crate::admin) struct Mail {
    pub(in crate::admin) settings: MailSettings,
    pub(in crate::admin) tests: MailTests,
    /// The turn of the one test that is sent at a time.
    pub(in crate::admin) turn: Arc<Semaphore>,
}
