//! How mail leaves the hub: what is set, where that is changed, what is sent when; and a test mail.
//!
//! *Threat:* the page that shows what came of a test is reloaded, and sends another; a mail server that is slow holds what all pages
//! need. *Defence:* the form has an id of its own, one test is sent at a time, and waited for so long. *Not defended:* a mail server that
//! never ends lets nobody test until the hub is started again.
//!
//! The mail server is a setting of the configuration: see `docs/decisions/0023-mail-is-set-in-the-configuration.md`.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::idempotency::{Fingerprint, OnceError, Outcome};
use devhub_domain::notices::{MailFault, MailFaultKind, MailTestError, MailTests};
use devhub_domain::operators::EmailAddress;
use devhub_domain::store::StoreError;
use devhub_domain::workspaces::WorkspaceError;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::mail_settings::{Mail, MailSettings};
use super::paths::MAIL;
use super::tabs::{SettingsTab, tabs};
use crate::admin::components::{
    Alert, Cell, Column, EmptyState, ErrorSummary, Field, FieldKind, Row, Shell, Table, Tabs, Tone,
};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{self, Refusable};
use crate::admin::form_id::{self, FormKey};
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// How long a page waits for a test, with the look-up of the name: proxies often wait a minute.
const SENT_WITHIN: Duration = Duration::from_secs(45);

/// The page.
#[derive(Template)]
#[template(path = "admin/settings/mail.html")]
pub(in crate::admin) struct MailPage {
    shell: Shell,
    tabs: Tabs,
    /// What came of a test.
    result: Option<Alert>,
    /// What is set; without a server, how one is; nothing for who works in other workspaces.
    set: Option<Result<Table, EmptyState>>,
    tells_of_keys: bool,
    form: Option<Form>,
}

/// What whoever may send a test sees.
struct Form {
    token: String,
    /// What it is carried out once under.
    id: String,
    errors: Option<ErrorSummary>,
    to: Field,
}

/// Shows what is set.
pub(super) async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    let page = MailPage::of(&signed, signed.who.operator.email.as_str());
    signed.visit.page(StatusCode::OK, &page)
}

/// Sends a test mail once for each form, and shows what came of it.
pub(super) async fn test(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    if !signed.manages_hub() {
        return Err(WorkspaceError::RoleTooLow.into());
    }
    let Some(mail) = signed.visit.services.pages.mail.clone() else {
        return Ok(signed.visit.see_other(MAIL));
    };
    let to = match EmailAddress::new(fields.text("to")) {
        Ok(to) => to,
        Err(error) => return refuse(signed, &fields, &error.to_string()),
    };
    let key = FormKey::of(&signed, fields.text("form_id"))?;
    let Ok(turn) = mail.turn.clone().try_acquire_owned() else {
        let text = "Another test is on its way, or the mail server still keeps it waiting: try again in a minute.";
        return tell_unsent(signed, &fields, text.to_owned());
    };
    match allowed(&signed, &mail.tests, key, &to).await {
        Ok(Outcome::Done(())) => {}
        Ok(Outcome::Replayed(_)) | Err(OnceError::KeyReused) => {
            mail.tests.give_back();
            return Ok(signed.visit.see_other_with(MAIL, Notice::MailTestedBefore));
        }
        Err(OnceError::Change(error @ MailTestError::TooMany)) => {
            return tell_unsent(signed, &fields, sentence(&error.to_string()));
        }
        Err(OnceError::Change(MailTestError::RoleTooLow)) => return Err(WorkspaceError::RoleTooLow.into()),
        Err(OnceError::Change(MailTestError::Store(error))) => return Err(error.into()),
    }
    let sent = sent(mail.tests, to, turn).await?;
    tell(signed, &fields, StatusCode::OK, told(sent))
}

/// Writes down that a test is sent, once for the form.
async fn allowed(
    signed: &Signed,
    tests: &MailTests,
    key: FormKey,
    to: &EmailAddress,
) -> Result<Outcome<()>, OnceError<MailTestError>> {
    // The same for every address: whatever a form says when it is sent again, it has sent its mail.
    let request = key.asks(Fingerprint::of(MAIL, &[]));
    // The mail server is the hub's: those who may use it so are of its first workspace, whose log tells of it.
    let workspace_id = signed.visit.services.pages.workspace_id();
    let (tests, asker, to) = (tests.clone(), signed.asker(), to.clone());
    let prepared = blocking::run(move || tests.allow(asker, workspace_id, &to)).await.map_err(OnceError::Change)?;
    writes::run(signed.visit.services.idempotency.once(request, prepared, form_id::remembered)).await
}

/// Sends it on a thread of its own: a mail server may answer a little at a time for as long as it likes, and must not hold one of the
/// few threads that all pages need. The turn ends with the thread and not with whoever waits.
async fn sent(
    tests: MailTests,
    to: EmailAddress,
    turn: OwnedSemaphorePermit,
) -> Result<Result<String, MailFault>, StoreError> {
    let (done, outcome) = oneshot::channel();
    let work = move || {
        let outcome = tests.send(&to);
        drop(turn);
        // Nobody listens when the browser has hung up, or it took too long.
        drop(done.send(outcome));
    };
    std::thread::Builder::new().name("mail-test".to_owned()).spawn(work).map_err(StoreError::unavailable)?;
    if let Ok(outcome) = tokio::time::timeout(SENT_WITHIN, outcome).await {
        return outcome.map_err(StoreError::unavailable);
    }
    let words = format!("nothing that ends within {} seconds; it may still be sent", SENT_WITHIN.as_secs());
    Ok(Err(MailFault { kind: MailFaultKind::TimedOut, words }))
}

fn tell_unsent(signed: Signed, fields: &Fields, text: String) -> Result<HttpResponse, Problem> {
    let result = Alert { tone: Tone::Warn, title: "Nothing was sent".to_owned(), text };
    tell(signed, fields, StatusCode::TOO_MANY_REQUESTS, result)
}

fn tell(signed: Signed, fields: &Fields, status: StatusCode, result: Alert) -> Result<HttpResponse, Problem> {
    let mut page = MailPage::of(&signed, fields.text("to"));
    page.shell.title = format!("{}: {}", result.title, page.shell.title);
    page.result = Some(result);
    signed.visit.page(status, &page)
}

fn refuse(signed: Signed, fields: &Fields, error: &str) -> Result<HttpResponse, Problem> {
    let mut page = MailPage::of(&signed, fields.text("to"));
    if let Some(form) = &mut page.form {
        let wrong = vec![("to", sentence(error))];
        let (title, parts): (_, &mut [&mut dyn Refusable]) = (&mut page.shell.title, &mut [&mut form.to]);
        form.errors = Some(form_errors::refuse(title, parts, "Nothing was sent", wrong));
    }
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// What came of it, and what to do next.
fn told(sent: Result<String, MailFault>) -> Alert {
    let fault = match sent {
        Ok(answer) => {
            let (title, text) = ("The mail server took the mail".to_owned(), format!("It answered: {answer}"));
            return Alert { tone: Tone::Good, title, text };
        }
        Err(fault) => fault,
    };
    let (title, next) = match fault.kind {
        MailFaultKind::NameUnknown => (
            "The name of the mail server leads nowhere",
            "Check mail.server, and whether this machine can look names up.",
        ),
        MailFaultKind::Unreachable => (
            "Nothing answers there",
            "Check mail.server and mail.port, whether the mail server runs, and whether a firewall lies between.",
        ),
        MailFaultKind::TimedOut => (
            "The mail server did not answer in time",
            "Check mail.port and mail.tls, which belong together: 587 with starttls, 465 with tls. Often a firewall drops it.",
        ),
        MailFaultKind::Tls => (
            "The connection could not be protected",
            "Check that mail.tls is what the server speaks at this port, and that its certificate is valid for mail.server.",
        ),
        MailFaultKind::Login => (
            "The mail server refuses the login",
            "Check mail.username and mail.password; some servers want a password for programs.",
        ),
        MailFaultKind::NotTaken => (
            "The mail server did not take the mail",
            "Its answer says why: often it does not know the recipient, or does not let mail.from send.",
        ),
        MailFaultKind::Other => ("The mail was not sent", "The log of the mail server may say more."),
    };
    Alert { tone: Tone::Bad, title: title.to_owned(), text: format!("{next} What was said: {}", fault.words) }
}

impl MailPage {
    fn of(signed: &Signed, to: &str) -> Self {
        let mail = signed.visit.services.pages.mail.as_ref();
        let services = &signed.visit.services;
        let form_id = || form_id::generate(services.clock.now(), &*services.entropy);
        let form = signed.manages_hub().then(|| Form::new(signed.form_token(), form_id(), to));
        let page = Self::drawn(signed.shell("Mail", Place::Settings), mail.map(|Mail { settings, .. }| settings), form);
        // Whom the hub mails is no business of who works in others of its workspaces alone.
        if signed.is_of_hub() { page } else { Self { set: None, ..page } }
    }

    fn drawn(shell: Shell, settings: Option<&MailSettings>, form: Option<Form>) -> Self {
        Self {
            shell,
            tabs: tabs(SettingsTab::Mail),
            result: None,
            set: Some(settings.map(table).ok_or_else(unset)),
            tells_of_keys: settings.is_some_and(|settings| settings.tells_of_keys),
            form,
        }
    }
}

impl Form {
    fn new(token: String, id: String, to: &str) -> Self {
        let to = Field {
            name: "to",
            label: "Send it to".to_owned(),
            kind: FieldKind::Email,
            value: to.to_owned(),
            is_required: true,
            max_length: Some(254),
            ..Field::default()
        };
        Self { token, id, errors: None, to }
    }
}

fn table(settings: &MailSettings) -> Table {
    let or_none = |text: Option<&str>| text.unwrap_or("None: the server asks for no login").to_owned();
    let password = if settings.username.is_some() { "Set; it is shown nowhere" } else { "Not set" };
    let set = [
        ("server", settings.server.clone()),
        ("port", settings.port.to_string()),
        ("tls", settings.tls.to_owned()),
        ("username", or_none(settings.username.as_deref())),
        ("password", password.to_owned()),
        ("from", settings.from.clone()),
        ("to", settings.to.join(", ")),
        ("key_events", if settings.tells_of_keys { "On" } else { "Off" }.to_owned()),
        ("hello_name", settings.hello_name.clone()),
        ("timeout_s", settings.timeout_s.to_string()),
    ];
    let rows = set.into_iter().map(|(name, value)| Row {
        is_dimmed: false,
        id: format!("mail-{name}"),
        cells: vec![
            Cell::Strong(format!("mail.{name}")),
            Cell::Text(value),
            Cell::Code(format!("DEVHUB__MAIL__{}", name.to_uppercase())),
        ],
    });
    let columns = ["Setting", "Value", "Environment variable"].map(Column::new).into();
    Table { caption: "Settings of mail".to_owned(), columns, rows: rows.collect() }
}

fn unset() -> EmptyState {
    EmptyState {
        title: "No mail server is set".to_owned(),
        text: vec![
            "Notices stand in the log of the hub alone. With a mail server they reach whoever is to mend what fails.".to_owned(),
        ],
        steps: vec![
            "Set mail.server, mail.from and mail.to in the configuration file, and mail.username where the server wants a login."
                .to_owned(),
            "Give the password by DEVHUB__MAIL__PASSWORD, or by a file that mail.password_file names.".to_owned(),
            "Start the hub again, and send a test mail here.".to_owned(),
        ],
        action: None,
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for MailPage {
        const TEMPLATE: &'static str = "admin/settings/mail.html";

        fn samples() -> Vec<Self> {
            let settings = MailSettings {
                server: "smtp.shop.example".to_owned(),
                port: 587,
                tls: "starttls",
                username: Some("hub".to_owned()),
                from: "Developer Hub <hub@shop.example>".to_owned(),
                to: vec!["ops@shop.example".to_owned(), "<b>@shop.example".to_owned()],
                hello_name: "hub.shop.example".to_owned(),
                timeout_s: 30,
                tells_of_keys: true,
            };
            let form = || Some(Form::new("token".to_owned(), "1.0".to_owned(), "<b>@shop.example"));
            let page = |form| Self::drawn(shell_sample("Mail"), Some(&settings), form);
            let words = "permanent error (550): <b> is unknown".to_owned();
            let fault = MailFault { kind: MailFaultKind::NotTaken, words };
            vec![
                Self::drawn(shell_sample("Mail"), None, form()),
                Self { set: None, ..page(None) },
                Self { result: Some(told(Ok("250 queued as 1A2B".to_owned()))), ..page(form()) },
                Self { result: Some(told(Err(fault))), ..page(form()) },
            ]
        }
    }
}
