//! `GET /api/hub/v1/keys/export`: every key that a filter wants, as CSV or JSON.
//!
//! *Threat:* a token or a digest in a file that is mailed around; for what grows with the workspace see [`crate::paged_body`].
//! *Defence:* only what a list shows is written. *Not defended:* what happens to the file.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::api_keys::{ApiKey, ApiKeyError, ApiKeyFilter, ApiKeys, KeyState, Owner};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest, PageSize};
use devhub_domain::rate::Quota;
use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{Object, Type};

use super::body::KeyDetailsBody;
use super::filter::{FilterInput, described};
use crate::auth::{Caller, KeysRead};
use crate::openapi::{Operation, filter};
use crate::paged_body::{Pages, Reading};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid};
use crate::services::Services;
use crate::{blocking, csv};

/// The first line of a CSV.
const COLUMNS: [&str; 17] = [
    "id",
    "label",
    "prefix",
    "owner",
    "environment",
    "status",
    "scopes",
    "expires_at",
    "allow_list",
    "metadata",
    "created_at",
    "created_by",
    "last_used_at",
    "revision",
    "rate_limit",
    "rate_window_s",
    "rate_burst",
];

/// What an export is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
}

/// Which keys are exported, and as what.
#[derive(Clone)]
pub(crate) struct Export {
    pub(crate) keys: ApiKeys,
    pub(crate) workspace_id: WorkspaceId,
    pub(crate) filter: ApiKeyFilter,
    pub(crate) format: ExportFormat,
}

impl ExportFormat {
    /// The format with this word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => csv::CONTENT,
            Self::Json => "application/json",
        }
    }

    const fn file_name(self) -> &'static str {
        match self {
            Self::Csv => "api-keys.csv",
            Self::Json => "api-keys.json",
        }
    }
}

impl Export {
    /// Begins to answer with the export: a store that cannot be read is still told as a problem.
    pub(crate) async fn answer(self) -> Result<HttpResponse, Problem> {
        let Self { keys, workspace_id, filter, format } = self;
        let rates = keys.clone();
        let read = move |after| -> Reading<ApiKey, KeyId, ApiKeyError> {
            let (keys, filter) = (keys.clone(), filter.clone());
            let page = PageRequest { size: PageSize::MAX, after };
            Box::pin(blocking::run(move || keys.list(workspace_id, &filter, page)))
        };
        let write = move |page: &Page<_, _>, is_first| match format {
            ExportFormat::Csv => csv_of(page, is_first, &rates),
            ExportFormat::Json => json_of(page, is_first, &rates),
        };
        let pages = Pages { what: "keys", read: Box::new(read), write: Box::new(write) };
        Ok(pages.answer(None, (format.media_type(), format.file_name())).await?)
    }
}

fn csv_of(page: &Page<ApiKey, KeyId>, is_first: bool, keys: &ApiKeys) -> Vec<u8> {
    let rows: Vec<_> = page.items.iter().map(|key| row(key, keys.own_rate_of(key.id))).collect();
    let mut lines = if is_first { csv::lines([COLUMNS]) } else { Vec::new() };
    lines.extend(csv::lines(rows.iter().map(|row| row.iter().map(String::as_str))));
    lines
}

fn row(key: &ApiKey, rate: Option<Quota>) -> [String; COLUMNS.len()] {
    let networks = key.allow_list.iter().map(ToString::to_string).collect::<Vec<_>>();
    [
        key.id.to_string(),
        key.label.to_string(),
        key.prefix.clone(),
        key.owner.as_ref().map_or("", Owner::as_str).to_owned(),
        key.environment.to_string(),
        KeyState::of_status(key).as_str().to_owned(),
        key.scopes.to_string(),
        key.expires_at.map(|at| at.to_string()).unwrap_or_default(),
        networks.join(" "),
        key.metadata.to_string(),
        key.created_at.to_string(),
        key.created_by.to_string(),
        key.last_used_at.map(|at| at.to_string()).unwrap_or_default(),
        key.revision.to_string(),
        rate.map(|quota| quota.limit().to_string()).unwrap_or_default(),
        rate.map(|quota| quota.window().as_secs().to_string()).unwrap_or_default(),
        rate.map(|quota| quota.burst().to_string()).unwrap_or_default(),
    ]
}

/// A part of an array, each key in a line of its own.
fn json_of(page: &Page<ApiKey, KeyId>, is_first: bool, keys: &ApiKeys) -> Vec<u8> {
    let mut text = if is_first { b"[".to_vec() } else { Vec::new() };
    for (position, key) in page.items.iter().enumerate() {
        text.extend(if is_first && position == 0 { &b"\n"[..] } else { &b",\n"[..] });
        serde_json::to_writer(&mut text, &KeyDetailsBody::new(key, keys))
            .expect("texts, numbers and lists of them are JSON");
    }
    if page.next.is_none() {
        text.extend(b"\n]\n");
    }
    text
}

pub(super) async fn export(
    caller: Caller<KeysRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&[&FilterInput::NAMES[..], &["format"]].concat())?;
    let mut invalid = Invalid::default();
    let filter = FilterInput::of(&params).check("", &services.token_prefix, &mut invalid);
    let format = ExportFormat::parse(params.find("format").unwrap_or("json")).ok_or("format must be csv or json");
    let format = invalid.check("format", format);
    invalid.finish()?;
    let format = format.unwrap_or(ExportFormat::Json);
    Export { keys: services.keys.clone(), workspace_id: caller.workspace_id, filter, format }.answer().await
}

pub(super) fn operation(key: Value) -> Operation {
    let more = "As an array of keys, or as CSV with a line of names, in which a text that a spreadsheet would take for a formula \
                begins with an apostrophe. Neither holds a token, which nobody can show again. Keys that are issued meanwhile are not \
                in it. An export that fails on the way is cut off.";
    let format =
        Object::builder().schema_type(Type::String).enum_values(Some(["csv", "json"])).default(Some(json!("json")));
    let operation = Operation::new(HttpMethod::Get, "/api/hub/v1/keys/export", "exportKeys")
        .needs::<KeysRead>("Exports all keys that a filter matches, newest first.", more)
        .parameter(filter("format", "What it is written as.", format, &json!("csv")));
    described(operation).answers_with_all::<KeyDetailsBody<'_>>("Every key.", key, ("text/csv", "id,label,prefix\r\n"))
}
