//! Whether the chain of the log holds: asked for by a button, and answered where it was asked, since nothing changes by it.
//!
//! *Threat:* somebody who presses the button again and again keeps the store busy. *Defence:* one press checks so many entries and no
//! more, page by page, and few presses are carried out at once. *Not defended:* a log that was cut off, or written anew as a whole,
//! where nobody has noted an entry: the page says how one is noted.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::audit::{AuditHead, ChainCheck, ChainError};

use super::query::PATH;
use crate::admin::components::{Alert, CopyField, Field, Shell, Tone};
use crate::admin::fields::Fields;
use crate::admin::menu::Place;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::admin::turns::take_turn;
use crate::blocking;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/audit/verify.html")]
pub(in crate::admin) struct VerifyPage {
    shell: Shell,
    token: String,
    noted: Field,
    result: Option<CheckResult>,
    back: &'static str,
}

/// What a check has found.
struct CheckResult {
    alert: Alert,
    /// The first entry that does not hold.
    faulty: Option<String>,
    /// The last that holds, to be noted elsewhere.
    head: Option<CopyField>,
    /// Where to go on, when there are entries left.
    next: Option<String>,
}

/// Shows the button.
pub(in crate::admin) async fn ask(signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::AuditRead)?;
    let page = VerifyPage::drawn(signed.shell("Verify the audit log", Place::Audit), signed.form_token(), "");
    signed.visit.page(StatusCode::OK, &page)
}

/// Checks the chain, or the next part of it.
pub(in crate::admin) async fn verify(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::AuditRead)?;
    let typed = fields.text("noted").trim().to_owned();
    let shell = signed.shell("Verify the audit log", Place::Audit);
    let mut page = VerifyPage::drawn(shell, signed.form_token(), &typed);
    let noted = match Some(typed.as_str()).filter(|text| !text.is_empty()).map(str::parse::<AuditHead>).transpose() {
        Ok(noted) => noted,
        Err(error) => {
            page.noted.error = Some(sentence(&error.to_string()));
            page.shell.title = format!("Error: {}", page.shell.title);
            return signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let check = check(&signed, &fields, noted).await?;
    page.result = Some(CheckResult::new(&check));
    signed.visit.page(StatusCode::OK, &page)
}

async fn check(signed: &Signed, fields: &Fields, noted: Option<AuditHead>) -> Result<ChainCheck, Problem> {
    let turn = take_turn(&signed.visit.services).await?;
    let (audit, workspace_id) = (signed.visit.services.audit.clone(), signed.workspace_id());
    let from = fields.text("from").parse().ok();
    let read = move || {
        let check = audit.verify(workspace_id, from)?;
        let check = match noted {
            Some(noted) => audit.compare(workspace_id, check, noted)?,
            None => check,
        };
        drop(turn);
        Ok::<_, Problem>(check)
    };
    blocking::run(read).await
}

impl CheckResult {
    fn new(check: &ChainCheck) -> Self {
        let holding = check.head.map_or(0, |head| head.sequence);
        let told = match holding {
            0 => "No entry holds.".to_owned(),
            1 => "Entry 1 holds.".to_owned(),
            count => format!("Entries 1 to {count} hold."),
        };
        let alert = |tone, title: &str, text: String| Alert { tone, title: title.to_owned(), text };
        let alert = match (&check.fault, check.is_whole) {
            (Some(fault @ ChainError::Head(_)), _) => {
                alert(Tone::Bad, "This is not the log that was noted", sentence(&fault.to_string()))
            }
            (Some(fault), _) => {
                alert(Tone::Bad, "The chain is broken", format!("{} {told}", sentence(&fault.to_string())))
            }
            (None, true) if holding == 0 => alert(Tone::Info, "The log is empty", String::new()),
            (None, true) => alert(Tone::Good, "The chain holds", told),
            (None, false) => alert(Tone::Info, "The chain holds so far", format!("{told} There are more.")),
        };
        let head = check.head.map(|head| CopyField {
            id: "head".to_owned(),
            label: "Last entry that holds".to_owned(),
            value: head.to_string(),
            button: "Copy".to_owned(),
            is_concealed: false,
            is_multiline: false,
        });
        let goes_on = check.fault.is_none() && !check.is_whole;
        Self {
            alert,
            faulty: check.fault.as_ref().and_then(page_of),
            head,
            next: check.head.filter(|_| goes_on).map(|head| head.to_string()),
        }
    }
}

/// The page of the first entry that does not hold; `None` where there is no such entry, or nobody can read it.
fn page_of(fault: &ChainError) -> Option<String> {
    match fault {
        ChainError::Link(line) | ChainError::Content(line) => Some(format!("{PATH}/{line}")),
        ChainError::Sequence { .. } | ChainError::Gap(_) | ChainError::Unreadable(_) | ChainError::Head(_) => None,
    }
}

impl VerifyPage {
    fn drawn(shell: Shell, token: String, typed: &str) -> Self {
        let help = "What this page, or devhub audit verify, said an earlier time. A log that was cut off or written anew holds by itself, \
            and lacks it.";
        let noted = Field {
            name: "noted",
            label: "Entry that was noted".to_owned(),
            value: typed.to_owned(),
            placeholder: "7:af1349b9…".to_owned(),
            help: Some(help.to_owned()),
            max_length: Some(84),
            ..Field::default()
        };
        Self { shell, token, noted, result: None, back: PATH }
    }
}

#[cfg(test)]
mod samples {
    use devhub_domain::audit::AuditHash;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for VerifyPage {
        const TEMPLATE: &'static str = "admin/audit/verify.html";

        fn samples() -> Vec<Self> {
            let page = |check: Option<ChainCheck>| Self {
                result: check.as_ref().map(CheckResult::new),
                ..Self::drawn(shell_sample("Verify the audit log"), "token".to_owned(), "<b>")
            };
            let head = Some(AuditHead { sequence: 7, hash: AuditHash([0xaf; 32]) });
            let check = |fault, is_whole| Some(ChainCheck { head, fault, is_whole });
            vec![
                page(None),
                page(check(None, true)),
                page(check(None, false)),
                page(check(Some(ChainError::Content(8)), false)),
                page(Some(ChainCheck { head: None, fault: None, is_whole: true })),
            ]
        }
    }
}
