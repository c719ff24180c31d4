//! Changes an endpoint.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::webhooks::{Endpoint, EndpointChanges, EndpointOrigin, EndpointStatus};

use super::catalog::offered;
use super::form::{FormPage, Purpose, Typed, refused};
use super::paths::{endpoint_id, find, page_of};
use crate::admin::form_errors::Refused;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

/// Shows the form, filled with what the endpoint is.
pub(in crate::admin) async fn show_edit(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let id = endpoint_id(&req)?;
    signed.asker().require(Scope::EndpointsWrite).map_err(Problem::from)?;
    let target = find(&signed, id).await?;
    let endpoint = &target.endpoint;
    let offered = offered(&signed).await?;
    let purpose = Purpose::Edit { endpoint, revision: endpoint.revision };
    let page = FormPage::new(&signed, purpose, &Typed::from_endpoint(endpoint, &offered), &offered);
    Ok(signed.visit.page(StatusCode::OK, &page)?)
}

/// Changes it.
pub(in crate::admin) async fn edit(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let id = endpoint_id(&req)?;
    signed.asker().require(Scope::EndpointsWrite)?;
    let target = find(&signed, id).await?;
    // A form without it is nothing of ours, and overwrites nothing.
    let (typed, seen) = (Typed::of(&fields), fields.text("revision").parse().unwrap_or_default());
    match update(&signed, &target.endpoint, &typed, seen).await {
        Ok(()) => Ok(signed.visit.see_other_with(&page_of(id), Notice::EndpointSaved)),
        Err(refused) => {
            let (refused, endpoint) = (refused?, &target.endpoint);
            let purpose = Purpose::Edit { endpoint, revision: refused.revision(seen, endpoint.revision) };
            FormPage::refuse(signed, purpose, &typed, refused).await
        }
    }
}

/// The change, then its status: what fails in between is saved and can be sent again.
async fn update(signed: &Signed, before: &Endpoint, typed: &Typed, seen: i64) -> Result<(), Result<Refused, Problem>> {
    let event_types = match before.origin {
        EndpointOrigin::Manual => Some(typed.patterns().map_err(Ok)?),
        EndpointOrigin::Callback => None,
    };
    let changes = EndpointChanges {
        // One that was accepted under other rules stays as it is, or a description could not be changed.
        url: (typed.url != before.url.as_str()).then(|| typed.url.clone()),
        description: Some(typed.description.clone()),
        event_types,
        expected_revision: Some(seen),
        ..EndpointChanges::default()
    };
    let (endpoints, asker, workspace_id) = (&signed.visit.services.endpoints, signed.asker(), signed.workspace_id());
    let prepared = endpoints.update(asker, workspace_id, before.id, changes).map_err(refused)?;
    let endpoint = writes::run(prepared).await.map_err(refused)?;
    match (typed.status.as_str(), endpoint.status) {
        ("paused", EndpointStatus::Active) => {
            writes::run(endpoints.pause(asker, workspace_id, endpoint.id)).await.map_err(refused)?;
        }
        ("active", EndpointStatus::Paused | EndpointStatus::Disabled(_)) => {
            writes::run(endpoints.resume(asker, workspace_id, endpoint.id)).await.map_err(refused)?;
        }
        _ => {}
    }
    Ok(())
}
