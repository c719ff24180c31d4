//! What the log shows, on all of its pages, as a file.

use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;

use super::query::AuditQuery;
use crate::admin::fields::Fields;
use crate::admin::signed::Signed;
use crate::admin::turns::Turns;
use crate::api::{AuditExport, ExportFormat};
use crate::problem_body::Problem;
use crate::request::Invalid;

/// Exports the entries that are listed.
pub(in crate::admin) async fn export(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::AuditRead)?;
    let query = AuditQuery::parse(req.query_string());
    let filter = match query.filter(&signed.workspace.time_zone) {
        Ok(filter) => filter,
        Err(wrong) => {
            let mut invalid = Invalid::default();
            for (field, text) in wrong {
                invalid.refuse(field, text);
            }
            return Err(invalid.into());
        }
    };
    let format = ExportFormat::parse(Fields::parse(req.query_string().as_bytes()).text("format"));
    let format = format.unwrap_or(ExportFormat::Csv);
    let (audit, workspace_id) = (signed.visit.services.audit.clone(), signed.workspace_id());
    let turns = (!filter.is_indexed()).then(|| Turns::of(&signed.visit.services));
    AuditExport { audit, workspace_id, filter, format, turns }.answer().await
}
