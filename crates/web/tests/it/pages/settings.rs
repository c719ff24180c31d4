//! Mail and retention among the settings: what is shown to whom, and what a test mail tells.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use devhub_domain::audit::AuditFilter;
use devhub_domain::notices::{MAIL_TESTS_A_MINUTE, MailFault, MailFaultKind, MailTest, MailTests};
use devhub_domain::operators::Role;
use devhub_domain::page::PageRequest;
use devhub_web::MailSettings;

use super::browser::{Browser, PASSWORD, Page, email_of, hub_with_operators};
use super::workspaces::{admit, remove_from_first};
use crate::hub::{Hub, WORKSPACE};

const MAIL: &str = "/admin/settings/mail";
const RETENTION: &str = "/admin/settings/retention";
const TO: &str = "eve@shop.example";

/// Sends the form of the page that is shown.
async fn send<'b>(browser: &'b mut Browser<'_>, to: &str) -> &'b Page {
    let form_id = browser.page.hidden("form_id");
    browser.post(MAIL, &[("to", to), ("form_id", &form_id)]).await
}

/// A mail server that answers what it is told to, and keeps whom it was to write to.
struct FakeMail {
    answer: Result<String, MailFault>,
    asked: Mutex<Vec<String>>,
    /// What the next mail waits for.
    busy: Mutex<Option<Receiver<()>>>,
}

impl MailTest for FakeMail {
    fn send_test(&self, to: &str) -> Result<String, MailFault> {
        self.asked.lock().unwrap().push(to.to_owned());
        let busy = self.busy.lock().unwrap().take();
        // Its end is an error, and what is waited for.
        assert!(busy.is_none_or(|busy| busy.recv().is_err()));
        self.answer.clone()
    }
}

fn hub_with_mail(answer: Result<String, MailFault>) -> (Hub, Arc<FakeMail>) {
    let mut hub = hub_with_operators();
    let mail = Arc::new(FakeMail { answer, asked: Mutex::default(), busy: Mutex::default() });
    let settings = MailSettings {
        server: "smtp.shop.example".to_owned(),
        port: 587,
        tls: "starttls",
        username: Some("<b>hub".to_owned()),
        from: "Hub <hub@shop.example>".to_owned(),
        to: vec!["ops@shop.example".to_owned()],
        hello_name: "localhost".to_owned(),
        timeout_s: 30,
        tells_of_keys: false,
    };
    let tests = MailTests::new(hub.store.clone(), mail.clone(), hub.clock.clone());
    hub.services.pages = hub.services.pages.clone().with_mail(settings, tests);
    (hub, mail)
}

fn taken() -> String {
    "250 queued as <b>1A2B".to_owned()
}

/// How many test mails the audit log tells of.
fn logged(hub: &Hub) -> usize {
    let filter = AuditFilter { action: Some("mail.tested".to_owned()), ..AuditFilter::default() };
    hub.services.audit.list(WORKSPACE, &filter, PageRequest::default()).unwrap().items.len()
}

#[actix_web::test]
async fn without_a_mail_server_the_page_says_how_one_is_set() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = browser.get(MAIL).await;
    assert_eq!(page.status, 200);
    assert!(page.says("No mail server is set") && page.says("DEVHUB__MAIL__PASSWORD"), "{}", page.html);
    assert!(!page.says("Send a test mail</button>"));
    assert_eq!(browser.post(MAIL, &[("to", TO)]).await.location(), MAIL);
}

#[actix_web::test]
async fn what_is_set_is_shown_with_what_changes_it_and_without_a_password() {
    let (hub, _) = hub_with_mail(Ok(taken()));
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(MAIL).await;
    for text in ["smtp.shop.example", "&#60;b&#62;hub", "DEVHUB__MAIL__KEY_EVENTS", "Set; it is shown nowhere"] {
        assert!(page.says(text), "{text}: {}", page.html);
    }
    assert!(page.says("Owners and admins can send a test mail.") && !page.says("name=\"to\""));
}

#[actix_web::test]
async fn whom_the_hub_mails_is_told_to_nobody_who_works_in_other_workspaces_alone() {
    let (hub, mail) = hub_with_mail(Ok(taken()));
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    admit(&hub, Role::Viewer, Role::Owner);
    remove_from_first(&hub, Role::Viewer);
    browser.get("/admin/sign-in").await;
    browser.post("/admin/sign-in", &[("email", &email_of(Role::Viewer)), ("password", PASSWORD)]).await;
    let page = browser.get(MAIL).await;
    assert_eq!(page.status, 200);
    for text in ["smtp.shop.example", "@shop.example", "DEVHUB__MAIL__SERVER"] {
        assert!(!page.says(text), "{text}: {}", page.html);
    }
    browser.get("/admin/account").await;
    assert_eq!(browser.post(MAIL, &[("to", TO)]).await.status, 403);
    assert!(mail.asked.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn a_test_mail_goes_to_its_sender_unless_another_is_named_and_its_answer_is_shown() {
    let (hub, mail) = hub_with_mail(Ok(taken()));
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    assert!(browser.get(MAIL).await.says(&format!("value=\"{}\"", email_of(Role::Admin))));
    let page = send(&mut browser, TO).await;
    assert_eq!(page.status, 200);
    assert!(page.says("The mail server took the mail") && page.says("250 queued as &#60;b&#62;1A2B"), "{}", page.html);
    assert_eq!(*mail.asked.lock().unwrap(), ["eve@shop.example"]);
    assert_eq!(logged(&hub), 1);
}

#[actix_web::test]
async fn a_fault_is_told_in_words_with_what_the_server_said() {
    let words = "permanent error (550): no such user".to_owned();
    let (hub, _) = hub_with_mail(Err(MailFault { kind: MailFaultKind::NotTaken, words }));
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(MAIL).await;
    let page = send(&mut browser, TO).await;
    assert!(page.says("The mail server did not take the mail") && page.says("(550): no such user"), "{}", page.html);
    assert!(page.says("value=\"eve@shop.example\""), "the input is kept");
    assert_eq!(logged(&hub), 1, "what failed was tried");
}

#[actix_web::test]
async fn what_is_no_address_is_told_at_its_field_and_goes_nowhere() {
    let (hub, mail) = hub_with_mail(Ok(taken()));
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(MAIL).await;
    let page = send(&mut browser, "<b>eve").await;
    assert_eq!(page.status, 422);
    assert!(page.says("Nothing was sent") && page.says("value=\"&#60;b&#62;eve\""), "{}", page.html);
    assert!(mail.asked.lock().unwrap().is_empty());
}

#[actix_web::test]
async fn a_minute_has_a_few_test_mails() {
    let (hub, mail) = hub_with_mail(Ok(taken()));
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(MAIL).await;
    for _ in 0..MAIL_TESTS_A_MINUTE {
        assert_eq!(send(&mut browser, TO).await.status, 200);
    }
    let page = send(&mut browser, TO).await;
    assert_eq!(page.status, 429);
    assert!(page.says("At most 5 test mails are sent in a minute"), "{}", page.html);
    assert_eq!((mail.asked.lock().unwrap().len(), logged(&hub)), (MAIL_TESTS_A_MINUTE, MAIL_TESTS_A_MINUTE));
    hub.clock.advance(Duration::from_mins(1));
    assert_eq!(send(&mut browser, TO).await.status, 200);
}

#[actix_web::test]
async fn a_page_that_is_reloaded_sends_no_second_mail() {
    let (hub, mail) = hub_with_mail(Ok(taken()));
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let form_id = browser.get(MAIL).await.hidden("form_id");
    send(&mut browser, TO).await;
    // More often than mails may be sent in a minute.
    for to in [TO, "other@shop.example", TO, TO, TO, TO] {
        assert_eq!(browser.post(MAIL, &[("to", to), ("form_id", &form_id)]).await.location(), MAIL);
        assert!(browser.get(MAIL).await.says("This form has sent its mail already."), "{}", browser.page.html);
    }
    assert_eq!((mail.asked.lock().unwrap().len(), logged(&hub)), (1, 1));
    assert_eq!(send(&mut browser, TO).await.status, 200, "the page that is shown can send another");
}

#[actix_web::test]
async fn a_server_that_never_ends_is_waited_for_so_long_and_holds_one_test_alone() {
    tokio::time::pause();
    let (hub, mail) = hub_with_mail(Ok(taken()));
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(MAIL).await;
    let (until, busy) = channel();
    *mail.busy.lock().unwrap() = Some(busy);
    assert!(send(&mut browser, TO).await.says("did not answer in time"), "{}", browser.page.html);
    let page = send(&mut browser, TO).await;
    assert_eq!(page.status, 429);
    assert!(page.says("Another test is on its way"), "{}", page.html);
    assert_eq!(logged(&hub), 1, "what was not sent is not logged");
    drop::<Sender<()>>(until);
}

#[actix_web::test]
async fn who_may_change_nothing_sends_no_mail() {
    let (hub, mail) = hub_with_mail(Ok(taken()));
    for role in [Role::Viewer, Role::Developer] {
        let mut browser = Browser::signed_in(&hub, role).await;
        browser.get(MAIL).await;
        assert_eq!(browser.post(MAIL, &[("to", TO)]).await.status, 403, "{role:?}");
    }
    assert!(mail.asked.lock().unwrap().is_empty());
    assert_eq!(logged(&hub), 0);
}

#[actix_web::test]
async fn everybody_reads_how_long_what_is_kept() {
    let hub = hub_with_operators();
    for role in Role::ALL {
        let mut browser = Browser::signed_in(&hub, role).await;
        let page = browser.get(RETENTION).await;
        assert_eq!(page.status, 200, "{role:?}");
        let texts = [
            "for 30 days",
            "for 90 days",
            "for 8 days",
            "webhooks.retention_days",
            "for ever",
            "Attempts with unknown",
        ];
        for text in texts {
            assert!(page.says(text), "{text}: {}", page.html);
        }
    }
}

#[actix_web::test]
async fn only_who_runs_the_hub_sees_what_is_of_all_workspaces() {
    let hub = hub_with_operators();
    for (role, sees) in [(Role::Owner, true), (Role::Admin, true), (Role::Developer, false), (Role::Viewer, false)] {
        let mut browser = Browser::signed_in(&hub, role).await;
        assert_eq!(browser.get(RETENTION).await.says("Oldest event"), sees, "{role:?}");
    }
}
