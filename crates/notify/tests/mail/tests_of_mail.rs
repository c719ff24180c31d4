//! What comes of a test mail, whatever the server does.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::notices::{MailFault, MailFaultKind, MailTest as _};
use devhub_domain::testing::ManualClock;
use devhub_notify::{MailNotifier, MailOptions, MailTls};

use crate::server::{Behaviour, Server};
use crate::{PASSWORD, login, options};

const TO: &str = "eve@example.org";

fn send(options: &MailOptions) -> Result<String, MailFault> {
    MailNotifier::new(options, Arc::new(ManualClock::default())).expect("valid options").send_test(TO)
}

fn kind(options: &MailOptions) -> MailFaultKind {
    send(options).expect_err("the mail is not taken").kind
}

#[test]
fn a_test_mail_goes_to_the_address_that_was_asked_for_and_the_answer_is_told() {
    let server = Server::start(Behaviour::default());
    let answer = send(&options(server.port)).expect("the server takes it");
    assert!(answer.starts_with("250 "), "{answer}");
    let received = server.received();
    assert!(received.contains(&format!("RCPT TO:<{TO}>")), "{received:?}");
    assert!(received.contains(&"Subject: Test mail from the Developer Hub".to_owned()), "{received:?}");
    assert!(!received.iter().any(|line| line.contains("ada@example.org")), "{received:?}");
}

#[test]
fn a_refused_recipient_is_told_with_the_code_and_the_words_of_the_server() {
    let answers = &[("RCPT", "550 5.1.1 no such user")];
    let server = Server::start(Behaviour { answers, ..Behaviour::default() });
    let fault = send(&options(server.port)).expect_err("the recipient is refused");
    assert_eq!(fault.kind, MailFaultKind::NotTaken);
    assert!(fault.words.contains("550") && fault.words.contains("5.1.1 no such user"), "{}", fault.words);
}

#[test]
fn a_refused_login_is_told_without_the_password() {
    let answers = &[("AUTH", "535 cannot do {} with open sesame")];
    let server = Server::start(Behaviour { offers: &["AUTH PLAIN"], answers, ..Behaviour::default() });
    let fault = send(&MailOptions { login: Some(login()), ..options(server.port) }).expect_err("the login is refused");
    assert_eq!(fault.kind, MailFaultKind::Login);
    assert!(fault.words.contains("535") && !fault.words.contains(PASSWORD), "{}", fault.words);
}

#[test]
fn a_server_that_wants_a_protected_connection_is_told_apart_from_one_that_wants_a_login() {
    let refuses = |answer| {
        let answers: &'static [_] = Box::leak(Box::new([("MAIL", answer)]));
        let server = Server::start(Behaviour { answers, ..Behaviour::default() });
        kind(&options(server.port))
    };
    // RFC 3207 section 4, and RFC 4954 section 6.
    assert_eq!(refuses("530 5.7.0 Must issue a STARTTLS command first"), MailFaultKind::Tls);
    assert_eq!(refuses("454 TLS not available due to temporary reason"), MailFaultKind::Tls);
    assert_eq!(refuses("530 5.7.0 Authentication required"), MailFaultKind::Login);
    assert_eq!(refuses("454 4.7.0 Temporary authentication failure"), MailFaultKind::Login);
}

#[test]
fn a_server_that_offers_no_login_is_one_that_refuses_it() {
    let server = Server::start(Behaviour::default());
    let fault = send(&MailOptions { login: Some(login()), ..options(server.port) }).expect_err("there is no login");
    assert_eq!(fault.kind, MailFaultKind::Login, "{}", fault.words);
}

#[test]
fn a_server_without_tls_is_told_apart_from_one_that_is_not_there() {
    let server = Server::start(Behaviour::default());
    assert_eq!(kind(&MailOptions { tls: MailTls::StartTls, ..options(server.port) }), MailFaultKind::Tls);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    assert_eq!(kind(&options(free.port())), MailFaultKind::Unreachable);
}

#[test]
fn a_name_that_leads_nowhere_is_told_as_that() {
    // No resolver asks anybody for a name with an empty label.
    let server = "mail..example".to_owned();
    assert_eq!(kind(&MailOptions { server, ..options(25) }), MailFaultKind::NameUnknown);
}

#[test]
fn a_server_that_never_answers_is_told_as_too_slow() {
    let server = Server::start(Behaviour { is_silent: true, ..Behaviour::default() });
    let options = MailOptions { timeout: Duration::from_millis(50), ..options(server.port) };
    assert_eq!(kind(&options), MailFaultKind::TimedOut);
}
