//! Networks that pass unlimited, as lines that people edit.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use devhub_domain::api_keys::Scope;
use devhub_domain::rate::{EXEMPT_BYTES_MAX, LineFault, RateError, RateState, parse_networks};

use super::page::{Query, RatesPage};
use super::paths::PATH;
use crate::admin::components::{FaultyLine, TextArea};
use crate::admin::form_errors::refuse;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

/// What the form sends the lines as.
const NAME: &str = "networks";

/// Lines in sight: enough for most, and more can be scrolled to.
const ROWS: usize = 6;

/// Faults that are listed: nobody mends more at once.
const FAULTS_SHOWN: usize = 20;

/// Characters of a line that are repeated where it is wrong.
const LINE_CHARS_SHOWN: usize = 60;

/// The section of exempt networks.
pub(super) struct Networks {
    /// Where they are edited; `None` for whoever only looks.
    pub(super) form: Option<NetworksForm>,
    /// Those of the workspace.
    pub(super) own: Vec<String>,
    /// Those of the configuration, which hold for every workspace.
    pub(super) configured: Vec<String>,
}

/// Where networks are edited.
pub(super) struct NetworksForm {
    pub(super) text: TextArea,
    pub(super) token: String,
    pub(super) revision: i64,
}

/// The form as it was sent.
#[derive(Clone, Copy)]
struct Typed<'f> {
    text: &'f str,
    /// The revision that it was filled from; `None` once its sender was told of another one, and may write over that.
    seen: Option<i64>,
}

impl Networks {
    pub(super) fn new(state: &RateState, configured: &[ipnet::IpNet], token: Option<String>) -> Self {
        let texts = |networks: &[ipnet::IpNet]| networks.iter().map(ToString::to_string).collect::<Vec<_>>();
        let own = texts(&state.exempt_networks);
        let form =
            token.map(|token| NetworksForm { text: text(own.join("\n")), token, revision: state.networks_revision });
        Self { form, own, configured: texts(configured) }
    }
}

fn text(value: String) -> TextArea {
    let help = "An address or a network a line, IPv4 or IPv6, such as 203.0.113.7 or 2001:db8::/32. What follows a # is passed over, and \
        not kept. Requests from there are neither limited nor counted.";
    TextArea {
        name: NAME,
        label: "Networks".to_owned(),
        value,
        rows: ROWS,
        help: Some(help.to_owned()),
        error: None,
        faults: Vec::new(),
    }
}

/// Says anew which networks are exempt.
pub(in crate::admin) async fn save(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::LimitsWrite)?;
    // A form without it is nothing of ours, and overwrites nothing.
    let seen = fields.text("revision").parse().unwrap_or_default();
    let typed = Typed { text: fields.text(NAME), seen: Some(seen) };
    if typed.text.len() > EXEMPT_BYTES_MAX {
        let error = format!("Networks must have at most {EXEMPT_BYTES_MAX} bytes.");
        return refused(signed, typed, error, Vec::new()).await;
    }
    let policies = &signed.visit.services.rate_policies;
    let networks = parse_networks(typed.text);
    let prepared = match policies.replace_networks(signed.asker(), signed.workspace_id(), typed.seen, networks) {
        Ok(prepared) => prepared,
        Err(error) => return refuse_change(signed, typed, error).await,
    };
    match writes::run(prepared).await {
        Ok(_) => Ok(signed.visit.see_other_with(PATH, Notice::NetworksSaved)),
        Err(error) => refuse_change(signed, typed, error).await,
    }
}

async fn refuse_change(signed: Signed, typed: Typed<'_>, error: RateError) -> Result<HttpResponse, Problem> {
    match error {
        RateError::Networks(faults) => {
            let error = match faults.len() {
                1 => "1 line is no network.".to_owned(),
                count => format!("{count} lines are no networks."),
            };
            refused(signed, typed, error, faults).await
        }
        RateError::ExemptElsewhere => refused(signed, typed, sentence(&error.to_string()), Vec::new()).await,
        RateError::RevisionStale { .. } => {
            refused(signed, Typed { seen: None, ..typed }, STALE.to_owned(), Vec::new()).await
        }
        error => Err(error.into()),
    }
}

const STALE: &str = "Somebody else has changed the networks meanwhile. What you typed stands below; save it again to write over theirs.";

/// Shows the page once more with what was typed, and what is wrong with which line.
async fn refused(
    signed: Signed,
    typed: Typed<'_>,
    error: String,
    faults: Vec<LineFault>,
) -> Result<HttpResponse, Problem> {
    let mut page = RatesPage::read(&signed, Query::default()).await?;
    if let Some(form) = &mut page.networks.form {
        typed.text.clone_into(&mut form.text.value);
        form.text.faults = faulty_lines(typed.text, &faults);
        form.revision = typed.seen.unwrap_or(form.revision);
        let wrong = vec![(NAME, error)];
        page.errors = Some(refuse(&mut page.shell.title, &mut [&mut form.text], "The networks were not saved", wrong));
    }
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn faulty_lines(typed: &str, faults: &[LineFault]) -> Vec<FaultyLine> {
    let line = |number: usize| typed.lines().nth(number.saturating_sub(1)).unwrap_or_default();
    let cut = |line: &str| line.trim().chars().take(LINE_CHARS_SHOWN).collect();
    let shown = faults.iter().take(FAULTS_SHOWN);
    shown
        .map(|fault| FaultyLine {
            number: fault.line,
            text: cut(line(fault.line)),
            error: sentence(&fault.fault.to_string()),
        })
        .collect()
}
