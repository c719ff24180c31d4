//! `/api/hub/v1/endpoints`: create, list.

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use devhub_domain::events::EventPattern;
use devhub_domain::id::EndpointId;
use devhub_domain::secret::Secret;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{CreatedEndpoint, Endpoint, NewEndpoint, SigningSecret};
use serde::{Deserialize, Serialize};

use crate::auth::{Caller, EndpointsRead, EndpointsWrite};
use crate::problem_body::Problem;
use crate::request::{
    Incoming, Invalid, PageBody, Text, created_with_secret, get, ok, page_request, parse, post, resource,
};
use crate::services::Services;
use crate::{blocking, writes};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/api/hub/v1/endpoints", "GET, HEAD, POST").route(get().to(list)).route(post().to(create)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateEndpoint {
    url: String,
    event_types: Vec<String>,
    description: Option<String>,
    secret: Option<String>,
}

impl CreateEndpoint {
    fn check(self) -> Result<NewEndpoint, Problem> {
        let mut invalid = Invalid::default();
        let patterns = self.event_types.iter().map(|text| text.parse());
        let Some(event_types) = invalid.check_all("event_types", patterns) else {
            return Err(invalid.into());
        };
        let description = self.description.unwrap_or_default();
        Ok(NewEndpoint { url: self.url, description, event_types, secret: self.secret.map(Secret::new) })
    }
}

#[derive(Serialize)]
struct EndpointBody<'a> {
    id: Text<EndpointId>,
    url: &'a str,
    description: &'a str,
    event_types: Vec<&'a str>,
    status: &'static str,
    disabled_reason: Option<&'static str>,
    created_at: Text<Timestamp>,
}

impl<'a> From<&'a Endpoint> for EndpointBody<'a> {
    fn from(endpoint: &'a Endpoint) -> Self {
        Self {
            id: Text(endpoint.id),
            url: endpoint.url.as_str(),
            description: &endpoint.description,
            event_types: endpoint.event_types.iter().map(EventPattern::as_str).collect(),
            status: endpoint.status.as_str(),
            disabled_reason: endpoint.status.disabled_reason().map(|reason| reason.as_str()),
            created_at: Text(endpoint.created_at),
        }
    }
}

/// The only answer that shows a secret.
#[derive(Serialize)]
struct CreatedEndpointBody<'a> {
    #[serde(flatten)]
    endpoint: EndpointBody<'a>,
    secret: &'a str,
    /// Told here, so that nobody waits for headers that a secret of another shape never gives.
    signature_schemes: &'static [&'static str],
}

impl<'a> From<&'a CreatedEndpoint> for CreatedEndpointBody<'a> {
    fn from(created: &'a CreatedEndpoint) -> Self {
        let signing =
            SigningSecret::new(created.secret.clone()).expect("the use case makes no endpoint of another secret");
        Self {
            endpoint: (&created.endpoint).into(),
            secret: created.secret.expose(),
            signature_schemes: if signing.signs_standard() { &["standard-webhooks", "ownpay"] } else { &["ownpay"] },
        }
    }
}

async fn create(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let bytes = incoming.json_bytes(services.limits.body_bytes_max, services.limits.body_timeout).await?;
    let new = parse::<CreateEndpoint>(&bytes)?.check()?;
    let prepared = services.endpoints.create(caller.actor(), caller.workspace_id, new)?;
    let created = writes::run(prepared).await?;
    created_with_secret(&CreatedEndpointBody::from(&created))
}

async fn list(
    caller: Caller<EndpointsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&["limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let request = page_request(&params, &mut invalid);
    invalid.finish()?;
    let endpoints = services.endpoints.clone();
    let page = blocking::run(move || endpoints.list(caller.workspace_id, request)).await?;
    ok(&PageBody::new(&page, EndpointBody::from))
}
