//! How mail leaves the hub, and what is wrong with it if it cannot.

use std::net::IpAddr;
use std::time::Duration;

use devhub_domain::secret::Secret;
use lettre::address::AddressError;
use lettre::message::Mailbox;

/// How many people may be told: each gets a message of their own, one after another.
pub const RECIPIENTS_MAX: usize = 20;

/// The longest time-out. A notice occupies a thread while it is sent.
pub const TIMEOUT_MAX: Duration = Duration::from_mins(1);

/// The longest host name, RFC 1035 section 2.3.4.
const HELLO_NAME_BYTES_MAX: usize = 255;

/// How mail leaves the hub.
#[derive(Clone, Debug)]
pub struct MailOptions {
    /// Host name or address of the mail server.
    pub server: String,
    /// Its port: 587 with [`MailTls::StartTls`], 465 with [`MailTls::Implicit`], by custom.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Who the hub says it is; `None` for a server that does not ask.
    pub login: Option<MailLogin>,
    /// The sender, such as `Developer Hub <hub@example.org>`.
    pub from: String,
    /// Who is told: 1 to [`RECIPIENTS_MAX`] addresses.
    pub to: Vec<String>,
    /// The name by which the hub greets the server and which ends its message ids: a host name, or an address in brackets.
    pub hello_name: String,
    /// How long to wait for the connection, and then for each answer: above zero, at most [`TIMEOUT_MAX`].
    pub timeout: Duration,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all: for a relay on the same machine or in a trusted network.
    Off,
    /// The server must offer STARTTLS (RFC 3207): without it nothing is sent.
    StartTls,
    /// From the first byte (RFC 8314).
    Implicit,
}

/// A mail account.
#[derive(Clone, Debug)]
pub struct MailLogin {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// Mail cannot be set up like this.
#[derive(Debug, thiserror::Error)]
pub enum MailOptionsError {
    /// The sender is no address.
    #[error("mail sender must be an address, such as Developer Hub <hub@example.org>")]
    Sender(#[source] AddressError),
    /// A recipient is no address.
    #[error("mail recipient {number} must be an address, such as ada@example.org")]
    Recipient {
        /// Which one, counted from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        source: AddressError,
    },
    /// Nobody is told, or too many are.
    #[error("mail must have 1 to {RECIPIENTS_MAX} recipients, got {count}")]
    RecipientCount {
        /// How many.
        count: usize,
    },
    /// The name of the greeting is no host name.
    #[error("mail hello name must be a host name or an address in brackets, got {name:?}")]
    HelloName {
        /// The name.
        name: String,
    },
    /// The time-out is outside its bounds.
    #[error("mail time-out must be above zero and at most {TIMEOUT_MAX:?}, got {timeout:?}")]
    Timeout {
        /// The time-out.
        timeout: Duration,
    },
    /// A password would travel in clear.
    #[error("mail login needs tls: choose start-tls or implicit, or a server on this machine")]
    LoginInClear,
    /// TLS cannot be set up.
    #[error("tls for mail server {server:?} could not be set up")]
    Tls {
        /// The server.
        server: String,
        /// Why.
        #[source]
        source: lettre::transport::smtp::Error,
    },
}

impl MailOptionsError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Sender(_) => "mail_sender",
            Self::Recipient { .. } => "mail_recipient",
            Self::RecipientCount { .. } => "mail_recipient_count",
            Self::HelloName { .. } => "mail_hello_name",
            Self::Timeout { .. } => "mail_timeout",
            Self::LoginInClear => "mail_login_in_clear",
            Self::Tls { .. } => "mail_tls",
        }
    }
}

impl MailOptions {
    /// Checks everything that needs no connection; returns the sender and the recipients.
    pub(crate) fn check(&self) -> Result<(Mailbox, Vec<Mailbox>), MailOptionsError> {
        if !is_host_name(&self.hello_name) {
            return Err(MailOptionsError::HelloName { name: self.hello_name.clone() });
        }
        if self.timeout.is_zero() || self.timeout > TIMEOUT_MAX {
            return Err(MailOptionsError::Timeout { timeout: self.timeout });
        }
        if self.login.is_some() && self.tls == MailTls::Off && !is_this_machine(&self.server) {
            return Err(MailOptionsError::LoginInClear);
        }
        if self.to.is_empty() || self.to.len() > RECIPIENTS_MAX {
            return Err(MailOptionsError::RecipientCount { count: self.to.len() });
        }
        let from = self.from.parse().map_err(MailOptionsError::Sender)?;
        let recipient = |(index, text): (usize, &String)| {
            text.parse().map_err(|source| MailOptionsError::Recipient { number: index + 1, source })
        };
        Ok((from, self.to.iter().enumerate().map(recipient).collect::<Result<_, _>>()?))
    }
}

/// What EHLO takes: nothing that could end the line or add a word to it.
fn is_host_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte);
    (1..=HELLO_NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_allowed)
}

fn is_this_machine(server: &str) -> bool {
    server == "localhost" || server.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
