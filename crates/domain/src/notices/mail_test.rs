//! A mail that an operator sends to see whether mail works, and what the server says to it.

/// A way to send one mail and to hear what comes of it.
pub trait MailTest: Send + Sync {
    /// Sends a mail that says what it is to `to`, which looks like an address. May block for some times the time-out of the server: call
    /// it where that is allowed.
    ///
    /// Returns what the server answered when it took the mail, such as `250 queued as 1A2B`: one line, without secrets.
    ///
    /// # Errors
    /// [`MailFault`] when it did not take it. Must carry no secret, whatever the server repeats.
    fn send_test(&self, to: &str) -> Result<String, MailFault>;
}

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFault {
    /// What is wrong, as far as it can be told.
    pub kind: MailFaultKind,
    /// What the server or the system said to it; one line.
    pub words: String,
}

/// What is wrong where a mail was not taken: each is mended in another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFaultKind {
    /// The name of the server leads nowhere.
    NameUnknown,
    /// Nothing listens there, or no way leads there.
    Unreachable,
    /// It did not answer in time.
    TimedOut,
    /// The connection could not be protected: a certificate that nobody vouches for, another name, no TLS at all.
    Tls,
    /// The server wants a login, or refuses this one.
    Login,
    /// The server speaks with us, and does not take mail for this address, or from this sender.
    NotTaken,
    /// Whatever else; the words say what.
    Other,
}
