//! One mail, sent to see whether mail works; what comes of it is told as it is.
//!
//! *Threat:* the server repeats a secret in its answer. *Defence:* all that it says passes the same filter as in logs.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::net::ToSocketAddrs as _;

use devhub_domain::notices::{MailFault, MailFaultKind, MailTest};
use lettre::Transport as _;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::Response;

use crate::MailNotifier;

const SUBJECT: &str = "Test mail from the Developer Hub";

const TEXT: &str = "This is a test mail: somebody sent it on the page of the mail settings, to see whether mail works. It does.\n\
                    Nothing needs to be done.\n";

/// Replies by which a server says that it is about the login. Source: RFC 4954 section 6.
const LOGIN_CODES: [u16; 5] = [432, 454, 530, 534, 535];

/// Those of them by which it also says that it is about STARTTLS: their words tell which. Source: RFC 3207 section 4.
const TLS_CODES: [u16; 2] = [454, 530];

impl MailTest for MailNotifier {
    fn send_test(&self, to: &str) -> Result<String, MailFault> {
        let to = Mailbox::new(
            None,
            to.parse().map_err(|error| MailFault {
                kind: MailFaultKind::NotTaken,
                words: format!("the address cannot be written to: {error}"),
            })?,
        );
        // Asked apart from the connection: its failure looks like any other there.
        if let Err(error) = self.server.to_socket_addrs() {
            return Err(self.fault(MailFaultKind::NameUnknown, &error.to_string()));
        }
        let message = self.message(SUBJECT, TEXT.to_owned(), &to);
        match self.transport.send(&message) {
            Ok(response) => Ok(self.words.clean(&said(&response))),
            Err(error) => Err(self.fault(kind_of(&error), &error.to_string())),
        }
    }
}

impl MailNotifier {
    fn fault(&self, kind: MailFaultKind, words: &str) -> MailFault {
        MailFault { kind, words: self.words.clean(words) }
    }
}

fn said(response: &Response) -> String {
    let lines: Vec<_> = response.message().collect();
    format!("{} {}", response.code(), lines.join(" "))
}

fn kind_of(error: &SmtpError) -> MailFaultKind {
    if let Some(code) = error.status() {
        return kind_of_reply(code.into(), &error.to_string());
    }
    if error.is_tls() {
        return MailFaultKind::Tls;
    }
    if let Some(error) = io_error(error) {
        return kind_of_io(error);
    }
    let words = error.to_string();
    // These are errors of the client without a kind of their own.
    if words.contains("STARTTLS") {
        return MailFaultKind::Tls;
    }
    if words.contains("authentication") {
        return MailFaultKind::Login;
    }
    if error.is_client() {
        return MailFaultKind::NotTaken;
    }
    MailFaultKind::Other
}

fn kind_of_reply(code: u16, words: &str) -> MailFaultKind {
    if TLS_CODES.contains(&code) && words.to_ascii_uppercase().contains("TLS") {
        return MailFaultKind::Tls;
    }
    if LOGIN_CODES.contains(&code) { MailFaultKind::Login } else { MailFaultKind::NotTaken }
}

fn kind_of_io(error: &io::Error) -> MailFaultKind {
    match error.kind() {
        // A read that takes too long would block, on Unix.
        ErrorKind::TimedOut | ErrorKind::WouldBlock => MailFaultKind::TimedOut,
        // What is said during the handshake and is no TLS, or is a certificate that nobody vouches for.
        ErrorKind::InvalidData => MailFaultKind::Tls,
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::AddrNotAvailable => MailFaultKind::Unreachable,
        _ => MailFaultKind::Other,
    }
}

/// The error of the system behind it, if there is one.
fn io_error(error: &SmtpError) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        source = error.source();
    }
    None
}
