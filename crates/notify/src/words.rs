//! What a mail server said, fit for a log.
//!
//! *Threat:* a server that repeats the command it did not like, and with it the password; addresses of people in the log; a reply
//! that looks like several log lines, or is endless.
//! *Defence:* the password in each form in which it is sent, and every word with an `@`, are replaced; control characters
//! become spaces; the rest is cut.
//! *Not defended:* a server that disguises what it repeats.

use data_encoding::BASE64;
use devhub_domain::secret::Secret;

use crate::MailLogin;

/// Enough for a reply of several lines with a web address in it.
const CHARS_MAX: usize = 500;

/// Knows what must not be repeated.
pub(crate) struct WordFilter {
    secrets: Vec<Secret>,
}

impl WordFilter {
    /// Hides what this login would send with AUTH PLAIN (RFC 4616) and AUTH LOGIN.
    pub(crate) fn new(login: Option<&MailLogin>) -> Self {
        let secrets = login.map(|MailLogin { username, password }| {
            let plain = format!("\0{username}\0{}", password.expose());
            let encoded = [plain.as_str(), password.expose()].map(|text| Secret::new(BASE64.encode(text.as_bytes())));
            encoded.into_iter().chain([password.clone()]).collect()
        });
        Self { secrets: secrets.unwrap_or_default() }
    }

    /// The words without anything that must not be in a log, on one line.
    pub(crate) fn clean(&self, words: &str) -> String {
        let mut words = words.to_owned();
        for secret in self.secrets.iter().filter(|secret| !secret.expose().is_empty()) {
            words = words.replace(secret.expose(), "[redacted]");
        }
        let spaced = words.replace(char::is_control, " ");
        let masked = spaced.split_whitespace().map(|word| if word.contains('@') { "[address]" } else { word });
        masked.collect::<Vec<_>>().join(" ").chars().take(CHARS_MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(words: &str) -> String {
        let login = MailLogin { username: "hub".to_owned(), password: Secret::new("open sesame") };
        WordFilter::new(Some(&login)).clean(words)
    }

    #[test]
    fn what_must_not_be_in_a_log_is_replaced() {
        let cases = [
            ("an ordinary reply", "550 mailbox full", "550 mailbox full"),
            ("an address", "550 <ada@example.org>: unknown", "550 [address] unknown"),
            ("several lines", "550 one\r\n550\ttwo\u{1b}[31m", "550 one 550 two [31m"),
            ("the password", "535 open sesame is wrong", "535 [redacted] is wrong"),
            // printf '\0hub\0open sesame' | base64
            ("AUTH PLAIN", "500 AUTH PLAIN AGh1YgBvcGVuIHNlc2FtZQ==", "500 AUTH PLAIN [redacted]"),
            // printf 'open sesame' | base64
            ("AUTH LOGIN", "500 b3BlbiBzZXNhbWU=?", "500 [redacted]?"),
        ];
        for (name, words, cleaned) in cases {
            assert_eq!(clean(words), cleaned, "{name}");
        }
    }

    #[test]
    fn an_endless_reply_is_cut() {
        assert_eq!(clean(&"ä".repeat(10_000)).chars().count(), CHARS_MAX);
    }

    #[test]
    fn an_empty_password_hides_nothing() {
        let login = MailLogin { username: String::new(), password: Secret::new("") };
        assert_eq!(WordFilter::new(Some(&login)).clean("250 ok"), "250 ok");
    }
}
