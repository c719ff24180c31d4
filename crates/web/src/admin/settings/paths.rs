//! Where the settings are.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::id::OperatorId;
use devhub_domain::operators::Operator;

use super::{mail, operator_changes, operator_form, operators, retention, workspaces};
use crate::admin::routes::{page, page_of_changes};
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Path, get, path_value, post};

/// Name, time zone, and what is installed.
pub(super) const GENERAL: &str = "/admin/workspace";

/// Who administers the hub.
pub(super) const OPERATORS: &str = "/admin/settings/operators";

/// Which workspaces there are for the operator.
pub(super) const WORKSPACES: &str = "/admin/settings/workspaces";

/// How mail leaves the hub.
pub(super) const MAIL: &str = "/admin/settings/mail";

/// How long what is kept.
pub(super) const RETENTION: &str = "/admin/settings/retention";

/// The addresses of the settings.
pub(in crate::admin) fn paths() -> Vec<Path> {
    const SHOWN_AND_SENT: &str = "GET, HEAD, POST";
    vec![
        page("/admin/settings", "GET, HEAD").route(get().to(general)),
        page(MAIL, SHOWN_AND_SENT).route(get().to(mail::show)).route(post().to(mail::test)),
        page(WORKSPACES, SHOWN_AND_SENT).route(get().to(workspaces::show)).route(post().to(workspaces::create)),
        page("/admin/settings/workspaces/{id}/leave", SHOWN_AND_SENT)
            .route(get().to(workspaces::ask_leave))
            .route(post().to(workspaces::leave)),
        page(RETENTION, "GET, HEAD").route(get().to(retention::show)),
        page(OPERATORS, "GET, HEAD").route(get().to(operators::show)),
        page("/admin/settings/operators/new", SHOWN_AND_SENT)
            .route(get().to(operator_form::show_new))
            .route(post().to(operator_form::add)),
        page("/admin/settings/operators/{id}/role", SHOWN_AND_SENT)
            .route(get().to(operator_form::show_role))
            .route(post().to(operator_form::change_role)),
        page_of_changes("/admin/settings/operators/{id}/{change}", SHOWN_AND_SENT, &operator_changes::changes())
            .route(get().to(operator_changes::ask))
            .route(post().to(operator_changes::change)),
    ]
}

async fn general() -> HttpResponse {
    HttpResponse::build(StatusCode::SEE_OTHER).insert_header((LOCATION, GENERAL)).finish()
}

/// What is done with one operator.
pub(super) fn operator_path(id: OperatorId, change: &str) -> String {
    format!("{OPERATORS}/{id}/{change}")
}

/// The operator that an address names, of this workspace.
pub(super) async fn operator_of(req: &HttpRequest, signed: &Signed) -> Result<Operator, Problem> {
    let id = path_value(req, "id").ok_or_else(|| Problem::no_such("operator_not_found", "operator"))?;
    let (operators, workspace_id) = (signed.visit.services.pages.operators.clone(), signed.workspace_id());
    Ok(blocking::run(move || operators.find(workspace_id, id)).await?)
}

/// Whether the password was given lately enough to change operators.
pub(super) fn is_stepped_up(signed: &Signed) -> bool {
    signed.asker().has_stepped_up(signed.visit.services.clock.now())
}
