//! `GET /api/hub/v1/keys/export`: every key that a filter wants, as CSV or JSON.
//!
//! *Threat:* a workspace with a million keys whose export fills the memory; a token or a digest in a file that is mailed around.
//! *Defence:* page by page, the next one read when the one before has been taken, so that an export holds a hundred keys however many
//! there are and however slow its reader is; only what a list shows is written. *Not defended:* what happens to the file.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use actix_web::web::{Bytes, Data};
use devhub_domain::api_keys::{ApiKey, ApiKeyError, ApiKeyFilter, ApiKeys, Owner};
use devhub_domain::causes::chain;
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest, PageSize};
use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{Object, Type};

use super::body::KeyBody;
use super::filter::{FilterInput, described};
use crate::auth::{Caller, KeysRead};
use crate::openapi::{Operation, filter};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid};
use crate::services::Services;
use crate::{blocking, csv};

/// The first line of a CSV.
const COLUMNS: [&str; 14] = [
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

type Read = Pin<Box<dyn Future<Output = Result<Page<ApiKey, KeyId>, ApiKeyError>>>>;

/// The body of an export: reads a page when the one before it was taken.
struct ExportBody {
    export: Export,
    /// The page that was read before anything was answered.
    first: Option<Page<ApiKey, KeyId>>,
    reading: Option<Read>,
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

    const fn disposition(self) -> &'static str {
        match self {
            Self::Csv => "attachment; filename=\"api-keys.csv\"",
            Self::Json => "attachment; filename=\"api-keys.json\"",
        }
    }
}

impl Export {
    /// Begins to answer with the export: a store that cannot be read is still told as a problem.
    pub(crate) async fn answer(self) -> Result<HttpResponse, Problem> {
        let first = self.read(None).await?;
        let format = self.format;
        Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, HeaderValue::from_static(format.media_type())))
            .insert_header((CONTENT_DISPOSITION, HeaderValue::from_static(format.disposition())))
            .body(ExportBody { export: self, first: Some(first), reading: None }))
    }

    fn read(&self, after: Option<KeyId>) -> Read {
        let Self { keys, workspace_id, filter, .. } = self.clone();
        let page = PageRequest { size: PageSize::MAX, after };
        Box::pin(blocking::run(move || keys.list(workspace_id, &filter, page)))
    }

    /// A page as it is written.
    fn written(&self, page: &Page<ApiKey, KeyId>, is_first: bool) -> Vec<u8> {
        match self.format {
            ExportFormat::Csv => csv_of(page, is_first),
            ExportFormat::Json => json_of(page, is_first),
        }
    }
}

impl MessageBody for ExportBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let body = self.get_mut();
        let is_first = body.first.is_some();
        let page = match (body.first.take(), &mut body.reading) {
            (Some(first), _) => first,
            (None, None) => return Poll::Ready(None),
            (None, Some(reading)) => match ready!(reading.as_mut().poll(cx)) {
                Ok(page) => page,
                Err(error) => {
                    body.reading = None;
                    // The connection is cut off, so that nobody takes a part for the whole.
                    tracing::error!(error = chain(&error), "an export of keys was cut off");
                    return Poll::Ready(Some(Err(error.into())));
                }
            },
        };
        body.reading = page.next.map(|next| body.export.read(Some(next)));
        Poll::Ready(Some(Ok(Bytes::from(body.export.written(&page, is_first)))))
    }
}

fn csv_of(page: &Page<ApiKey, KeyId>, is_first: bool) -> Vec<u8> {
    let rows: Vec<_> = page.items.iter().map(row).collect();
    let mut lines = if is_first { csv::lines([COLUMNS]) } else { Vec::new() };
    lines.extend(csv::lines(rows.iter().map(|row| row.iter().map(String::as_str))));
    lines
}

fn row(key: &ApiKey) -> [String; COLUMNS.len()] {
    let networks = key.allow_list.iter().map(ToString::to_string).collect::<Vec<_>>();
    [
        key.id.to_string(),
        key.label.to_string(),
        key.prefix.clone(),
        key.owner.as_ref().map_or("", Owner::as_str).to_owned(),
        key.environment.to_string(),
        key.status.as_str().to_owned(),
        key.scopes.to_string(),
        key.expires_at.map(|at| at.to_string()).unwrap_or_default(),
        networks.join(" "),
        key.metadata.to_string(),
        key.created_at.to_string(),
        key.created_by.to_string(),
        key.last_used_at.map(|at| at.to_string()).unwrap_or_default(),
        key.revision.to_string(),
    ]
}

/// A part of an array, each key in a line of its own.
fn json_of(page: &Page<ApiKey, KeyId>, is_first: bool) -> Vec<u8> {
    let mut text = if is_first { b"[".to_vec() } else { Vec::new() };
    for (position, key) in page.items.iter().enumerate() {
        text.extend(if is_first && position == 0 { &b"\n"[..] } else { &b",\n"[..] });
        serde_json::to_writer(&mut text, &KeyBody::from(key)).expect("texts, numbers and lists of them are JSON");
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
    described(operation).answers_with_all::<KeyBody<'_>>("Every key.", key, (csv::MEDIA_TYPE, "id,label,prefix\r\n"))
}
