//! The page of one key's usage: what became of its calls, and why a request with it is accepted or refused.
//!
//! The question of an explanation is posted although it changes nothing: it may hold a token, which must not stand in an address. So
//! the answer is a page and not a redirect, and the token is not drawn again.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::explain::{CheckOutcome, ExplainError, Explained, Explanation};
use devhub_domain::id::KeyId;
use devhub_domain::page::Period;
use devhub_domain::secret::Secret;
use devhub_domain::time::seconds_to_wait;
use devhub_domain::usage::{AnswerKind, RefusalKind, SeenAddress, Step, UsagePoint, UsageReport};
use devhub_domain::workspaces::TimeZone;

use super::one_key::{key_id, shown_prefix};
use super::query::PATH;
use crate::admin::components::{Alert, Badge, Cell, Column, Field, FieldKind, Row, Select, Shell, Table, Tone};
use crate::admin::fields::Fields;
use crate::admin::menu::Place;
use crate::admin::moments;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::api::explain::{ExplainKey, Question};
use crate::blocking;
use crate::problem_body::Problem;

/// Days that the table shows: the latest ones that had calls. All of them are in the API.
const DAYS_SHOWN: usize = 30;

/// The page.
#[derive(Template)]
#[template(path = "admin/api_keys/usage.html")]
pub(in crate::admin) struct UsagePage {
    shell: Shell,
    /// What people call the key, and what its token shows.
    label: String,
    shown_prefix: String,
    back: &'static str,
    action: String,
    token: String,
    summary: String,
    days: Option<Table>,
    addresses: Option<Table>,
    form: QuestionForm,
    answer: Option<Answer>,
}

/// What is asked about.
struct QuestionForm {
    method: Select,
    path: Field,
    address: Field,
    scopes: Field,
    presented: Field,
    request_id: Field,
}

/// What is told.
struct Answer {
    alert: Alert,
    checks: Option<Table>,
}

/// Shows what a key was used for.
pub(in crate::admin) async fn show_usage(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let report = report(&signed, key_id(&req)?).await?;
    let page = UsagePage::new(&signed, &report, QuestionForm::new(None), None);
    Ok(signed.visit.page(StatusCode::OK, &page)?)
}

/// Explains a request with a key, below the same.
pub(in crate::admin) async fn explain(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Error> {
    let id = key_id(&req)?;
    let Submitted { signed, fields } = form;
    let report = report(&signed, id).await?;
    let answer = match question(&fields) {
        Ok(question) => explained(&signed, id, question).await?,
        Err(problem) => Answer::of_problem(&problem),
    };
    let page = UsagePage::new(&signed, &report, QuestionForm::new(Some(&fields)), Some(answer));
    Ok(signed.visit.page(StatusCode::OK, &page)?)
}

async fn report(signed: &Signed, id: KeyId) -> Result<UsageReport, Problem> {
    let (usage, workspace_id) = (signed.visit.services.usage.clone(), signed.workspace_id());
    let hours = usage.hours(Period::default(), Step::Day).map_err(Problem::internal)?;
    Ok(blocking::run(move || usage.report(workspace_id, id, &hours)).await?)
}

async fn explained(signed: &Signed, id: KeyId, question: Question) -> Result<Answer, Problem> {
    let (explanations, workspace_id) = (signed.visit.services.explanations.clone(), signed.workspace_id());
    let explain = move || match question {
        Question::Request(request) => explanations.explain(workspace_id, id, &request),
        Question::Refused { request_id } => explanations.explain_refused(workspace_id, id, &request_id),
    };
    match blocking::run(explain).await {
        Ok(explanation) => Ok(Answer::of(&explanation, &signed.workspace.time_zone)),
        Err(error @ ExplainError::RequestNotKept) => Ok(Answer::of_mistake(&error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// The question as the API takes it; what is left empty is not part of it.
fn question(fields: &Fields) -> Result<Question, Problem> {
    let text = |name| Some(fields.text(name).trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    let request_id = text("request_id");
    if request_id.is_some() {
        return ExplainKey { request_id, ..ExplainKey::default() }.check();
    }
    let scopes = text("scopes")
        .map(|words| words.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned).collect());
    let question = ExplainKey {
        method: text("method"),
        path: text("path"),
        address: text("address"),
        scopes,
        token: text("presented").map(Secret::new),
        ..ExplainKey::default()
    };
    question.check()
}

impl UsagePage {
    fn new(signed: &Signed, report: &UsageReport, form: QuestionForm, answer: Option<Answer>) -> Self {
        let (key, zone) = (&report.key, &signed.workspace.time_zone);
        let (calls, refused) = (report.total.calls(), report.total.refused());
        let last = match signed.visit.services.usage.days_told() {
            1 => "day".to_owned(),
            days => format!("{days} days"),
        };
        Self {
            shell: signed.shell(format!("Usage of {}", key.label), Place::DeveloperHub),
            label: key.label.to_string(),
            shown_prefix: shown_prefix(signed, key),
            back: PATH,
            action: format!("{PATH}/{}/usage", key.id),
            token: signed.form_token(),
            summary: format!("{calls} calls in the last {last}, {refused} of them refused. Days are those of UTC."),
            days: (!report.points.is_empty()).then(|| days(&report.points)),
            addresses: (!report.addresses.is_empty()).then(|| addresses(&report.addresses, zone)),
            form,
            answer,
        }
    }
}

fn days(points: &[UsagePoint]) -> Table {
    let columns = ["Day", "Calls", "2xx", "3xx", "4xx", "429", "5xx", "Verifications", "Refused"];
    let row = |point: &UsagePoint| {
        let day: String = point.from.to_string().chars().take(10).collect();
        let counts = &point.counts;
        let mut cells = vec![Cell::Strong(day.clone()), Cell::Code(counts.calls().to_string())];
        cells.extend(AnswerKind::ALL.map(|kind| Cell::Code(counts.answered(kind).to_string())));
        cells.push(Cell::Badges(refusals(point)));
        Row { is_dimmed: false, id: format!("day-{day}"), cells }
    };
    Table {
        caption: "Calls by day, the latest first".to_owned(),
        columns: columns.map(Column::new).into(),
        rows: points.iter().rev().take(DAYS_SHOWN).map(row).collect(),
    }
}

/// The reasons that there were, each with how often.
fn refusals(point: &UsagePoint) -> Vec<Badge> {
    let counted = RefusalKind::ALL.into_iter().map(|kind| (kind, point.counts.refused_for(kind)));
    let badge =
        |(kind, count): (RefusalKind, u64)| Badge { tone: Tone::Warn, text: format!("{} {count}", kind.as_str()) };
    counted.filter(|(_, count)| *count > 0).map(badge).collect()
}

fn addresses(addresses: &[SeenAddress], zone: &TimeZone) -> Table {
    let row = |(number, seen): (usize, &SeenAddress)| Row {
        is_dimmed: false,
        id: format!("address-{number}"),
        cells: vec![Cell::Strong(seen.address.to_string()), moments::cell(Some(seen.at), zone)],
    };
    Table {
        caption: "Last addresses, the latest first".to_owned(),
        columns: ["Address", "Last seen"].map(Column::new).into(),
        rows: addresses.iter().enumerate().map(row).collect(),
    }
}

const METHODS: [(&str, &str); 6] =
    [("", "Any"), ("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH"), ("DELETE", "DELETE")];

impl QuestionForm {
    /// An empty form, or one with what was typed but for the token.
    fn new(typed: Option<&Fields>) -> Self {
        let typed = |name| typed.map_or("", |fields: &Fields| fields.text(name));
        let field = |name: &'static str, label: &str, placeholder: &str, help: &str| Field {
            name,
            label: label.to_owned(),
            value: typed(name).to_owned(),
            placeholder: placeholder.to_owned(),
            help: Some(help.to_owned()).filter(|help| !help.is_empty()),
            max_length: Some(200),
            ..Field::default()
        };
        let presented_help = "To find out whether it is mistyped. Left empty, that of the key.";
        Self {
            method: Select::new("method", "Method", &METHODS, typed("method")),
            path: field("path", "Path", "/api/v1/payments", ""),
            address: field("address", "Address", "203.0.113.7", "Left empty, one that no allow-list holds."),
            scopes: field("scopes", "Scopes it needs", "read", "Left empty, what the method needs on /api/v1."),
            presented: Field {
                kind: FieldKind::Password,
                value: String::new(),
                ..field("presented", "Token", "", presented_help)
            },
            request_id: Field {
                max_length: Some(64),
                ..field(
                    "request_id",
                    "Or the id of a refused request",
                    "",
                    "From X-Request-Id or the log, instead of all above.",
                )
            },
        }
    }
}

impl Answer {
    fn of_problem(problem: &Problem) -> Self {
        let errors: Vec<_> = problem.errors().iter().map(|error| sentence(&error.detail)).collect();
        let alert = Alert { tone: Tone::Bad, title: "This cannot be explained".to_owned(), text: errors.join(" ") };
        Self { alert, checks: None }
    }

    fn of_mistake(detail: &str) -> Self {
        let alert = Alert { tone: Tone::Bad, title: "This cannot be explained".to_owned(), text: sentence(detail) };
        Self { alert, checks: None }
    }

    fn of(explanation: &Explanation, zone: &TimeZone) -> Self {
        let (tone, title) = match explanation.denial {
            None => (Tone::Good, "This request is accepted".to_owned()),
            Some(denial) => (Tone::Warn, format!("This request is refused: {}", denial.code())),
        };
        let mut lines = Vec::new();
        if let Some(refused) = &explanation.refused {
            let (method, path, at) = (&refused.method, &refused.path, moments::moment(refused.at, zone).shown);
            let then = refused.denial.code();
            lines.push(format!("{method} {path} from {} at {at} was refused then: {then}.", refused.address));
        }
        if let Some(token) = explanation.token.filter(|token| !token.has_valid_checksum) {
            let whose = token.owner.as_str().replace('_', " ");
            lines.push(format!(
                "The token is mistyped, unless it was imported: its check sum does not fit. It is that of {whose}."
            ));
        }
        if let Some(wait) = explanation.rate.as_ref().and_then(|rate| rate.retry_after) {
            lines.push(format!("It fits its rate in {} seconds.", seconds_to_wait(wait)));
        }
        lines.push("Nothing was spent or noted.".to_owned());
        Self { alert: Alert { tone, title, text: lines.join(" ") }, checks: Some(checks(&explanation.checks)) }
    }
}

fn checks(explained: &[Explained]) -> Table {
    let row = |explained: &Explained| {
        let (tone, text) = match explained.outcome {
            CheckOutcome::Passed => (Tone::Good, "Passed"),
            CheckOutcome::Failed => (Tone::Bad, "Failed"),
            CheckOutcome::NotReached => (Tone::Neutral, "Not reached"),
        };
        let inputs: Vec<String> =
            explained.inputs.iter().map(|input| format!("{}: {}", input.name, input.value)).collect();
        Row {
            is_dimmed: explained.outcome == CheckOutcome::NotReached,
            id: format!("check-{}", explained.check.code().to_ascii_lowercase()),
            cells: vec![
                Cell::Strong(explained.check.code().to_owned()),
                Cell::State { badge: Badge { tone, text: text.to_owned() }, until: None },
                Cell::Code(inputs.join(", ")),
            ],
        }
    };
    Table {
        caption: "Checks, in order".to_owned(),
        columns: ["Check", "Outcome", "Looks at"].map(Column::new).into(),
        rows: explained.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for UsagePage {
        const TEMPLATE: &'static str = "admin/api_keys/usage.html";

        fn samples() -> Vec<Self> {
            let page = |days, addresses, answer| Self {
                shell: shell_sample("Usage of WooCommerce Plugin"),
                label: "WooCommerce Plugin".to_owned(),
                shown_prefix: "op_8ae87c48••••".to_owned(),
                back: PATH,
                action: format!("{PATH}/key_06b6rk0004s4g1s0d5ju9o6m0k/usage"),
                token: "token".to_owned(),
                summary: "0 calls in the last 30 days, 0 of them refused. Days are those of UTC.".to_owned(),
                days,
                addresses,
                form: QuestionForm::new(None),
                answer,
            };
            let table = || Table::samples().into_iter().next();
            vec![
                page(None, None, None),
                page(table(), table(), Some(Answer::of_mistake("address must be an IPv4 or IPv6 address"))),
            ]
        }
    }
}
