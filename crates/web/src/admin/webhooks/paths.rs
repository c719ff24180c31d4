//! Where the pages of endpoints are, and what their paths name.

use std::sync::Arc;

use actix_web::HttpRequest;
use devhub_domain::id::EndpointId;
use devhub_domain::webhooks::Target;

use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::path_value;

/// The address of the list.
pub(in crate::admin) const PATH: &str = "/admin/developer/webhooks";

/// Where the address of a form is checked.
pub(super) const CHECK: &str = "/admin/developer/webhooks/check-url";

/// What names there the endpoint that a form changes.
pub(super) const ENDPOINT: &str = "endpoint";

/// The address of an endpoint's page.
pub(in crate::admin) fn page_of(id: EndpointId) -> String {
    format!("{PATH}/{id}")
}

/// The address of something that is done with an endpoint.
pub(super) fn below(id: EndpointId, word: &str) -> String {
    format!("{PATH}/{id}/{word}")
}

/// Which endpoint a path names.
pub(super) fn endpoint_id(req: &HttpRequest) -> Result<EndpointId, Problem> {
    path_value(req, "id").ok_or_else(|| Problem::no_such("endpoint_not_found", "endpoint"))
}

/// Reads an endpoint of the workspace.
pub(super) async fn find(signed: &Signed, id: EndpointId) -> Result<Arc<Target>, Problem> {
    let (endpoints, workspace_id) = (signed.visit.services.endpoints.clone(), signed.workspace_id());
    Ok(blocking::run(move || endpoints.find(workspace_id, id)).await?)
}
