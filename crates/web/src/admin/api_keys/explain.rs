//! Why a request with a key is accepted or refused: every check in order.
//!
//! The question is posted although it changes nothing: it may hold a token, which must not stand in an address. So the answer is a page
//! and not a redirect, and the token is not drawn again.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::explain::{CheckOutcome, ExplainError, Explained, Explanation};
use devhub_domain::id::KeyId;
use devhub_domain::secret::Secret;
use devhub_domain::time::seconds_to_wait;
use devhub_domain::workspaces::TimeZone;

use super::key_page::{KeyPage, find};
use super::one_key::key_id;
use super::query::{ListQuery, PATH};
use super::usage::Range;
use crate::admin::components::{Alert, Badge, Cell, Column, Field, FieldKind, Row, Select, Table, Tone};
use crate::admin::fields::Fields;
use crate::admin::moments;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::api::explain::{ExplainKey, Question};
use crate::blocking;
use crate::problem_body::Problem;

/// The part of the page of a key.
pub(super) struct Explain {
    pub(super) action: String,
    pub(super) token: String,
    pub(super) form: QuestionForm,
    pub(super) answer: Option<Answer>,
}

/// What is asked about.
pub(super) struct QuestionForm {
    pub(super) method: Select,
    pub(super) path: Field,
    pub(super) address: Field,
    pub(super) scopes: Field,
    pub(super) presented: Field,
    pub(super) request_id: Field,
}

/// What is told.
pub(super) struct Answer {
    pub(super) alert: Alert,
    pub(super) checks: Option<Table>,
}

/// Leads on to the page of the key, where the question is asked: the answer to a form has this address, and may be loaded again.
pub(in crate::admin) async fn ask_explain(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    Ok(signed.visit.see_other(&format!("{PATH}/{}#explain", key_id(&req)?)))
}

/// Explains a request with a key, on the page of the key.
pub(in crate::admin) async fn explain(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let id = key_id(&req)?;
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::KeysRead)?;
    let query = ListQuery::read(req.query_string(), &signed.visit.services.token_prefix);
    let range = Range::read(req.query_string());
    let found = find(&signed, id, range).await?;
    let answer = match question(&fields) {
        Ok(question) => explained(&signed, id, question).await?,
        Err(problem) => Answer::of_problem(&problem),
    };
    let mut page = KeyPage::new(&signed, (&query, range), &found);
    page.answer(QuestionForm::new(Some(&fields)), answer);
    signed.visit.page(StatusCode::OK, &page)
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

const METHODS: [(&str, &str); 6] =
    [("", "Any"), ("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH"), ("DELETE", "DELETE")];

impl QuestionForm {
    /// An empty form, or one with what was typed but for the token.
    pub(super) fn new(typed: Option<&Fields>) -> Self {
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

    pub(super) fn of_mistake(detail: &str) -> Self {
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
