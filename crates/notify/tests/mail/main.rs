//! Mail against a mail server on loopback: what it gets, and what its refusals become.

mod server;
mod tests_of_mail;

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::notices::{Notice, Notifier as _};
use devhub_domain::secret::Secret;
use devhub_domain::testing::ManualClock;
use devhub_notify::{MailLogin, MailNotifier, MailOptions, MailOptionsError, MailTls, RECIPIENTS_MAX, TIMEOUT_MAX};
use server::{Behaviour, Server};

const PASSWORD: &str = "open sesame";

fn options(port: u16) -> MailOptions {
    MailOptions {
        server: "127.0.0.1".to_owned(),
        port,
        tls: MailTls::Off,
        login: None,
        from: "Developer Hub <hub@example.org>".to_owned(),
        to: vec!["Ada <ada@example.org>".to_owned()],
        hello_name: "hub.example.org".to_owned(),
        timeout: Duration::from_secs(10),
    }
}

fn login() -> MailLogin {
    MailLogin { username: "hub".to_owned(), password: Secret::new(PASSWORD) }
}

fn disabled(url: &str, reason: &str) -> Notice {
    Notice::EndpointDisabled {
        workspace_id: WorkspaceId::from_bytes([0; 16]),
        endpoint_id: EndpointId::from_bytes([0; 16]),
        url: url.to_owned(),
        reason: reason.to_owned(),
    }
}

/// The words of the failure, if there is one.
fn notify_about(options: &MailOptions, notice: &Notice) -> Result<(), String> {
    let notifier = MailNotifier::new(options, Arc::new(ManualClock::default())).expect("valid options");
    notifier.notify(notice).map_err(|error| error.0.to_string().replace(&options.port.to_string(), "PORT"))
}

fn notify(options: &MailOptions) -> Result<(), String> {
    notify_about(options, &disabled("https://shop.example", "the receiver answered 410 Gone"))
}

#[test]
fn a_notice_is_plain_text_mail() {
    let server = Server::start(Behaviour::default());
    assert_eq!(notify(&options(server.port)), Ok(()));
    let expected = [
        "Date: Tue, 24 Nov 2026 10:00:00 +0000",
        "Message-ID: <1795514400000000.0@hub.example.org>",
        "From: \"Developer Hub\" <hub@example.org>",
        "To: Ada <ada@example.org>",
        "Subject: Webhook endpoint disabled: https://shop.example",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "The webhook endpoint whe_00000000000000000000000000 (https://shop.example) =",
        "was disabled: the receiver answered 410 Gone.",
        "Waiting deliveries are kept. Enable the endpoint again once its receiver wo=",
        "rks.",
        "",
    ];
    assert_eq!(server.messages(), [expected]);
}

#[test]
fn each_recipient_gets_a_message_of_its_own_over_one_connection() {
    let server = Server::start(Behaviour::default());
    let to = ["ada@example.org", "bob@example.org"].map(str::to_owned).to_vec();
    assert_eq!(notify(&MailOptions { to, ..options(server.port) }), Ok(()));
    let received = server.received();
    let lines = |start| received.iter().filter(move |line| line.starts_with(start)).cloned().collect::<Vec<_>>();
    assert_eq!(lines("EHLO"), ["EHLO hub.example.org"]);
    assert_eq!(lines("RCPT"), ["RCPT TO:<ada@example.org>", "RCPT TO:<bob@example.org>"]);
    assert_eq!(lines("To: "), ["To: ada@example.org", "To: bob@example.org"]);
}

#[test]
fn a_newline_in_a_notice_makes_no_header_and_no_command() {
    let server = Server::start(Behaviour::default());
    let notice =
        disabled("https://a.example/\r\nBcc: eve@example.org\r\n", "it said\r\n.\r\nRCPT TO:<eve@example.org>");
    assert_eq!(notify_about(&options(server.port), &notice), Ok(()));
    let received = server.received();
    let head = received.split(|line| line.is_empty()).next().expect("a head");
    let subject = "Subject: Webhook endpoint disabled: https://a.example/  Bcc: eve@example.org";
    assert!(head.iter().any(|line| line.trim_end() == subject), "{head:?}");
    assert!(!head.iter().any(|line| line.starts_with("Bcc")), "{head:?}");
    // The lone dot is doubled, so that the command after it is text of the message.
    let dot = received.iter().position(|line| line == "..").expect("the dot is stuffed");
    assert_eq!(received.iter().position(|line| line == "RCPT TO:<eve@example.org>."), Some(dot + 1));
}

#[test]
fn a_long_subject_is_cut_and_other_letters_arrive_encoded() {
    let server = Server::start(Behaviour::default());
    let notice = disabled(&format!("https://ä.example/{}", "x".repeat(5_000)), "ä");
    assert_eq!(notify_about(&options(server.port), &notice), Ok(()));
    let [message] = &server.messages()[..] else { panic!("one message") };
    assert!(message.iter().all(|line| line.is_ascii() && line.len() < 998), "{message:?}");
}

#[test]
fn a_refused_recipient_is_reported_by_number_with_the_words_of_the_server() {
    let answers = &[("RCPT TO:<bob", "550 5.1.1 <bob@example.org>: no such user")];
    let server = Server::start(Behaviour { answers, ..Behaviour::default() });
    let to = ["ada@example.org", "bob@example.org", "eve@example.org"].map(str::to_owned).to_vec();
    let words = "mail server 127.0.0.1:PORT did not take the mail for recipient 2 of 3: \
                 permanent error (550): 5.1.1 [address] no such user";
    assert_eq!(notify(&MailOptions { to, ..options(server.port) }), Err(words.to_owned()));
    assert_eq!(server.messages().len(), 2);
}

#[test]
fn an_address_that_the_server_cannot_express_does_not_keep_mail_from_the_others() {
    let server = Server::start(Behaviour::default());
    let to = ["jörg@example.org", "ada@example.org"].map(str::to_owned).to_vec();
    let words = notify(&MailOptions { to, ..options(server.port) }).expect_err("the server offers no SMTPUTF8");
    assert!(words.contains("recipient 1 of 2") && !words.contains('@'), "{words}");
    assert_eq!(server.messages().len(), 1);
}

#[test]
fn a_refused_login_is_tried_once_and_never_shows_the_password() {
    let answers = &[("AUTH", "535 cannot do {} with open sesame")];
    let server = Server::start(Behaviour { offers: &["AUTH PLAIN"], answers, ..Behaviour::default() });
    let to = ["ada@example.org", "bob@example.org"].map(str::to_owned).to_vec();
    let words = "mail server 127.0.0.1:PORT cannot be used: \
                 permanent error (535): cannot do AUTH PLAIN [redacted] with [redacted]";
    assert_eq!(notify(&MailOptions { to, login: Some(login()), ..options(server.port) }), Err(words.to_owned()));
    // printf '\0hub\0open sesame' | base64
    let tries = server.received().iter().filter(|line| *line == "AUTH PLAIN AGh1YgBvcGVuIHNlc2FtZQ==").count();
    assert_eq!(tries, 1);
}

#[test]
fn a_server_without_starttls_gets_neither_login_nor_mail() {
    let server = Server::start(Behaviour { offers: &["AUTH PLAIN"], ..Behaviour::default() });
    let failure = notify(&MailOptions { tls: MailTls::StartTls, login: Some(login()), ..options(server.port) });
    let words =
        "mail server 127.0.0.1:PORT cannot be used: internal client error: STARTTLS is not supported on this server";
    assert_eq!(failure, Err(words.to_owned()));
    let received = server.received();
    assert!(!received.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")), "{received:?}");
}

#[test]
fn a_server_that_answers_no_tls_gets_nothing() {
    let server = Server::start(Behaviour::default());
    assert!(notify(&MailOptions { tls: MailTls::Implicit, login: Some(login()), ..options(server.port) }).is_err());
    assert_eq!(server.received(), [""; 0]);
}

#[test]
fn a_connection_that_ends_is_a_failure_whenever_it_does() {
    for closes_at in ["EHLO", "MAIL", "DATA"] {
        let server = Server::start(Behaviour { closes_at: Some(closes_at), ..Behaviour::default() });
        let words = notify(&options(server.port)).expect_err(closes_at);
        assert!(words.ends_with("response error: incomplete response"), "{closes_at}: {words}");
    }
}

#[test]
fn a_server_that_never_answers_is_given_up_after_the_time_out() {
    let server = Server::start(Behaviour { is_silent: true, ..Behaviour::default() });
    let to = ["ada@example.org", "bob@example.org"].map(str::to_owned).to_vec();
    let words = notify(&MailOptions { to, timeout: Duration::from_millis(50), ..options(server.port) });
    assert!(words.expect_err("nobody answers").starts_with("mail server 127.0.0.1:PORT cannot be used: network error"));
}

#[test]
fn the_next_notice_is_sent_over_a_new_connection_when_the_old_one_is_gone() {
    let server = Server::start(Behaviour { closes_at: Some("NOOP"), ..Behaviour::default() });
    let notifier = MailNotifier::new(&options(server.port), Arc::new(ManualClock::default())).expect("valid options");
    let notice = disabled("https://shop.example", "gone");
    assert!(notifier.notify(&notice).is_ok());
    assert!(notifier.notify(&notice).is_ok());
    assert_eq!(server.messages().len(), 2);
}

#[test]
fn options_that_cannot_work_are_refused_with_what_to_write_instead() {
    let good = || options(25);
    let of = |count| vec!["ada@example.org".to_owned(); count];
    let host = || "mail.example.org".to_owned();
    let cases = [
        ("mail_sender", MailOptions { from: "hub".to_owned(), ..good() }),
        ("mail_sender", MailOptions { from: "hub@example.org\r\nBcc: eve@example.org".to_owned(), ..good() }),
        ("mail_recipient", MailOptions { to: vec!["ada@example.org".to_owned(), String::new()], ..good() }),
        ("mail_recipient_count", MailOptions { to: of(0), ..good() }),
        ("mail_recipient_count", MailOptions { to: of(RECIPIENTS_MAX + 1), ..good() }),
        ("mail_hello_name", MailOptions { hello_name: String::new(), ..good() }),
        ("mail_hello_name", MailOptions { hello_name: "hub\r\nMAIL FROM:<eve@example.org>".to_owned(), ..good() }),
        ("mail_timeout", MailOptions { timeout: Duration::ZERO, ..good() }),
        ("mail_timeout", MailOptions { timeout: TIMEOUT_MAX + Duration::from_nanos(1), ..good() }),
        ("mail_login_in_clear", MailOptions { login: Some(login()), server: host(), ..good() }),
    ];
    for (code, options) in cases {
        let refused = MailNotifier::new(&options, Arc::new(ManualClock::default()));
        assert_eq!(refused.as_ref().err().map(MailOptionsError::code), Some(code), "{options:?}");
    }
}

#[test]
fn options_at_their_bounds_are_accepted() {
    let to = vec!["ada@example.org".to_owned(); RECIPIENTS_MAX];
    let server = "mail.example.org".to_owned();
    let options =
        MailOptions { to, server, tls: MailTls::StartTls, login: Some(login()), timeout: TIMEOUT_MAX, ..options(587) };
    assert!(MailNotifier::new(&options, Arc::new(ManualClock::default())).is_ok());
    assert!(!format!("{options:?}").contains(PASSWORD));
}
