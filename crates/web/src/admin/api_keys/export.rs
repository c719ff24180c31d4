//! What the list shows, on all of its pages, as a file.

use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use url::form_urlencoded;

use super::query::ListQuery;
use crate::admin::signed::Signed;
use crate::api::{Export, ExportFormat};
use crate::problem_body::Problem;
use crate::request::Invalid;

/// Exports the keys that are listed.
pub(in crate::admin) async fn export(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::KeysRead)?;
    let services = &signed.visit.services;
    let query = ListQuery::read(req.query_string(), &services.token_prefix);
    let mut invalid = Invalid::default();
    let filter = invalid.check("q", query.filter(&services.token_prefix, services.clock.now()));
    let word = form_urlencoded::parse(req.query_string().as_bytes()).find(|(name, _)| name == "format");
    let format = word.and_then(|(_, word)| ExportFormat::parse(&word)).unwrap_or(ExportFormat::Csv);
    invalid.finish()?;
    let filter = filter.unwrap_or_default();
    Export { keys: services.keys.clone(), workspace_id: signed.workspace_id(), filter, format }.answer().await
}
