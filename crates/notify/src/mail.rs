//! Notices as plain text mail.
//!
//! *Threat:* text of a notice that becomes a header or a command of the mail protocol; a password in an error message.
//! *Defence:* headers are typed and encoded, control characters never reach the subject, the body is dot-stuffed; what the
//! server says is cleaned before anybody sees it (see `words.rs`).
//! *Not defended:* the password stands in memory, in clear, while the hub runs. A server that keeps answering a little holds a
//! thread longer than the time-out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use devhub_domain::notices::{Notice, Notifier, NotifyError};
use devhub_domain::time::Clock;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error as SmtpError, PoolConfig};
use lettre::{Message, SmtpTransport, Transport as _};

use crate::words::WordFilter;
use crate::{MailOptions, MailOptionsError, MailTls};

/// Connections kept open between messages: notices are few, and come one after another.
const IDLE_CONNECTIONS_MAX: u32 = 1;

/// How long one is kept: for the other recipients of a notice, and the notices that come with it.
const IDLE_MAX: Duration = Duration::from_secs(15);

/// The longest subject: lines of mail have at most 998 bytes (RFC 5322 section 2.1.1), and people read less.
const SUBJECT_CHARS_MAX: usize = 200;

/// Sends each notice as mail, to each recipient in a message of its own.
pub struct MailNotifier {
    pub(crate) transport: SmtpTransport,
    from: Mailbox,
    to: Vec<Mailbox>,
    hello_name: String,
    /// Its name or address, and its port.
    pub(crate) server: String,
    pub(crate) words: WordFilter,
    clock: Arc<dyn Clock>,
    /// Messages made so far: tells apart those of one microsecond.
    made: AtomicU64,
}

impl std::fmt::Debug for MailNotifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailNotifier").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A notice did not reach everybody. No source: the cause may hold what [`WordFilter`] takes out.
#[derive(Debug, thiserror::Error)]
enum MailError {
    #[error("mail server {server} cannot be used: {words}")]
    Unusable { server: String, words: String },
    #[error("mail server {server} did not take the mail for recipient {number} of {count}: {words}")]
    NotTaken { server: String, number: usize, count: usize, words: String },
}

impl MailNotifier {
    /// Checks the options and connects to nothing yet. `clock` dates the messages.
    ///
    /// # Errors
    /// [`MailOptionsError`] for options that cannot work.
    pub fn new(options: &MailOptions, clock: Arc<dyn Clock>) -> Result<Self, MailOptionsError> {
        let (from, to) = options.check()?;
        let pool = PoolConfig::new().max_size(IDLE_CONNECTIONS_MAX).idle_timeout(IDLE_MAX);
        let mut builder = SmtpTransport::builder_dangerous(&options.server)
            .port(options.port)
            .tls(tls(options)?)
            .hello_name(ClientId::Domain(options.hello_name.clone()))
            .timeout(Some(options.timeout))
            .pool_config(pool);
        if let Some(login) = &options.login {
            builder = builder.credentials(Credentials::new(login.username.clone(), login.password.expose().to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            from,
            to,
            hello_name: options.hello_name.clone(),
            server: format!("{}:{}", options.server, options.port),
            words: WordFilter::new(options.login.as_ref()),
            clock,
            made: AtomicU64::new(0),
        })
    }

    fn send_to_all(&self, notice: &Notice) -> Result<(), MailError> {
        // Before anything else, so that a refused login or a silent server is met once and not once for each recipient.
        self.transport.test_connection().map_err(|error| self.unusable(&error))?;
        let mut first = None;
        for (index, to) in self.to.iter().enumerate() {
            let Err(error) = self.transport.send(&self.message(&subject(notice), notice.text(), to)) else {
                continue;
            };
            first.get_or_insert_with(|| self.not_taken(index + 1, &error));
            // Where neither the server nor the address of this one is the reason, there is nobody to take mail for the others.
            if error.status().is_none() && !error.is_client() {
                break;
            }
        }
        first.map_or(Ok(()), Err)
    }

    pub(crate) fn message(&self, subject: &str, text: String, to: &Mailbox) -> Message {
        let now_us = self.clock.now().as_micros();
        let date = UNIX_EPOCH + Duration::from_micros(u64::try_from(now_us).unwrap_or(0));
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        let message = Message::builder()
            .date(date)
            .message_id(Some(format!("<{now_us}.{count}@{}>", self.hello_name)))
            .from(self.from.clone())
            .to(to.clone())
            .subject(subject)
            .header(AutoSubmitted)
            .singlepart(SinglePart::plain(text));
        message.expect("a message with one sender and one recipient can be built")
    }

    fn unusable(&self, error: &SmtpError) -> MailError {
        MailError::Unusable { server: self.server.clone(), words: self.words.clean(&error.to_string()) }
    }

    fn not_taken(&self, number: usize, error: &SmtpError) -> MailError {
        let (server, count) = (self.server.clone(), self.to.len());
        MailError::NotTaken { server, number, count, words: self.words.clean(&error.to_string()) }
    }
}

impl Notifier for MailNotifier {
    /// Tries every recipient, unless the server cannot be used, and returns the first failure.
    ///
    /// *Repeat:* a second try writes to all recipients again, also to those that were reached.
    fn notify(&self, notice: &Notice) -> Result<(), NotifyError> {
        self.send_to_all(notice).map_err(|error| NotifyError(error.into()))
    }
}

fn tls(options: &MailOptions) -> Result<Tls, MailOptionsError> {
    let parameters = || {
        let failed = |source| MailOptionsError::Tls { server: options.server.clone(), source };
        TlsParameters::new_rustls(options.server.clone()).map_err(failed)
    };
    Ok(match options.tls {
        MailTls::Off => Tls::None,
        MailTls::StartTls => Tls::Required(parameters()?),
        MailTls::Implicit => Tls::Wrapper(parameters()?),
    })
}

/// One line, whatever stands in the notice.
fn subject(notice: &Notice) -> String {
    notice.subject().replace(char::is_control, " ").chars().take(SUBJECT_CHARS_MAX).collect()
}

/// Keeps vacation notes from answering (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
