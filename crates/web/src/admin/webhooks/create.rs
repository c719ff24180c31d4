//! Adds an endpoint, once for each form however often it is sent, and shows its secret.
//!
//! *Threat:* the page with the secret is reloaded, or asked for again by going back, and shows it again or adds a second endpoint.
//! *Defence:* as with keys: the form has an id of its own, under which the change is kept without its secret. *Not defended:* what a
//! browser without scripts keeps in memory of a page until it is closed.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::events::EventType;
use devhub_domain::idempotency::{Answer, Fingerprint, OnceError, Outcome};
use devhub_domain::webhooks::{CreatedEndpoint, EndpointError, FirstStatus, NewEndpoint, SettingsChanges};

use super::catalog::offered;
use super::form::{FormPage, Purpose, Typed, refused};
use super::paths::{PATH, page_of};
use super::secret_page::SecretPage;
use crate::admin::fields::Fields;
use crate::admin::form_errors::Refused;
use crate::admin::form_id::{self, FormKey};
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

/// Shows an empty form.
pub(in crate::admin) async fn show_new(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::EndpointsWrite)?;
    let offered = offered(&signed).await?;
    let asked = Fields::parse(req.query_string().as_bytes());
    // From the catalogue.
    let mut typed = Typed { status: "active".to_owned(), ..Typed::default() };
    if let Ok(event_type) = asked.text("event").parse::<EventType>() {
        typed.choose(&event_type, &offered);
    }
    let page = FormPage::new(&signed, new_purpose(&signed), &typed, &offered);
    signed.visit.page(StatusCode::OK, &page)
}

/// One more endpoint, under a name of its own.
pub(super) fn new_purpose(signed: &Signed) -> Purpose<'static> {
    let services = &signed.visit.services;
    Purpose::Add { form_id: form_id::generate(services.clock.now(), &*services.entropy) }
}

/// Adds the endpoint.
pub(in crate::admin) async fn create(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::EndpointsWrite)?;
    let typed = Typed::of(&fields);
    let services = &signed.visit.services;
    let key = FormKey::of(&signed, fields.text("form_id"))?;
    let new = match new_endpoint(&typed) {
        Ok(new) => new,
        Err(refused) => return refuse(signed, &typed, refused).await,
    };
    let request = key.asks(fingerprint(&typed));
    let prepared = match services.endpoints.create(signed.asker(), signed.workspace_id(), new) {
        Ok(prepared) => prepared,
        Err(error) => return refuse_change(signed, &typed, error).await,
    };
    match writes::run(services.idempotency.once(request, prepared, remembered)).await {
        Ok(Outcome::Done(created)) => {
            let page = SecretPage::new(&signed, "Endpoint added", &created.endpoint, &created.secret);
            signed.visit.page(StatusCode::OK, &page)
        }
        Ok(Outcome::Replayed(answer)) => Ok(already_shown(signed, &answer)),
        Err(OnceError::KeyReused) => {
            let text = "Look at the list, then open the form anew.".to_owned();
            refuse(signed, &typed, Refused::Whole("This form has added an endpoint already", text)).await
        }
        Err(OnceError::Change(error)) => refuse_change(signed, &typed, error).await,
    }
}

fn new_endpoint(typed: &Typed) -> Result<NewEndpoint, Refused> {
    Ok(NewEndpoint {
        url: typed.url.clone(),
        description: typed.description.clone(),
        event_types: typed.patterns()?,
        secret: None,
        settings: SettingsChanges::default(),
        status: FirstStatus::parse(&typed.status).unwrap_or_default(),
    })
}

/// What is asked for, so that a form that was changed is not answered like the one before.
fn fingerprint(typed: &Typed) -> Fingerprint {
    let Typed { url, description, event_types, patterns, status } = typed;
    // Its debug form tells where one text ends and the next begins.
    let parts = format!("{:?}", (url, description, event_types, patterns, status));
    Fingerprint::of("POST /admin/developer/webhooks/new", parts.as_bytes())
}

/// What is kept of the answer: that there was one.
fn remembered(created: &CreatedEndpoint) -> Answer {
    Answer { status: StatusCode::OK.as_u16(), body: created.endpoint.id.to_string().into_bytes() }
}

fn already_shown(signed: Signed, answer: &Answer) -> HttpResponse {
    let id = std::str::from_utf8(&answer.body).ok().and_then(|id| id.parse().ok());
    let back = id.map_or_else(|| PATH.to_owned(), page_of);
    signed.visit.see_other_with(&back, Notice::SecretShownBefore)
}

async fn refuse_change(signed: Signed, typed: &Typed, error: EndpointError) -> Result<HttpResponse, Problem> {
    refuse(signed, typed, refused(error)?).await
}

async fn refuse(signed: Signed, typed: &Typed, refused: Refused) -> Result<HttpResponse, Problem> {
    let purpose = new_purpose(&signed);
    FormPage::refuse(signed, purpose, typed, refused).await
}
