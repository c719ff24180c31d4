//! Whether an address can be an endpoint, told while somebody still types the form.
//!
//! *Threat:* who may add endpoints has the hub look about in its own network, or has it ask name servers without end. *Defence:* the
//! address is read by the rules of a save, its name looked up by those of a send, and nothing is sent there; only so many names are
//! looked up at a time, each within its budget. *Not defended:* that the name exists is told, as every public name server tells it.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{EndpointUrl, Failure};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::create::new_purpose;
use super::form::{FormPage, Purpose, Typed};
use super::paths::{ENDPOINT, find};
use crate::admin::components::{Alert, Tone};
use crate::admin::fields::Fields;
use crate::admin::form_id;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;

/// Tells whether the address of the form could be saved, and requests to it could leave: to a script, or at its place in the form, in
/// which everything stands as it was typed.
pub(in crate::admin) async fn check(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::EndpointsWrite)?;
    let typed = fields.text("url").trim().to_owned();
    let said = said(&signed, &typed).await?;
    if fields.text("as") == "json" {
        let is_fine = said.tone == Tone::Good;
        let body = serde_json::json!({ "fine": is_fine, "text": format!("{}. {}", said.title, said.text) });
        let answer = HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(body.to_string());
        return Ok(answer);
    }
    let asked = Fields::parse(req.query_string().as_bytes());
    match asked.text(ENDPOINT).parse().ok() {
        None => {
            let kept = fields.text("form_id").to_owned();
            // It names what is to be added once: a check between must not make it two.
            let is_known = form_id::parse(&kept, signed.visit.services.clock.now()).is_some();
            let purpose = if is_known { Purpose::Add { form_id: kept } } else { new_purpose(&signed) };
            FormPage::checked(signed, purpose, &Typed::of(&fields), said).await
        }
        Some(id) => {
            let target = find(&signed, id).await?;
            let revision = fields.text("revision").parse().unwrap_or_default();
            let purpose = Purpose::Edit { endpoint: &target.endpoint, revision };
            FormPage::checked(signed, purpose, &Typed::of(&fields), said).await
        }
    }
}

async fn said(signed: &Signed, typed: &str) -> Result<Alert, Problem> {
    let services = &signed.visit.services;
    let url = match services.endpoints.check_url(typed) {
        Ok(url) => url,
        Err(error) => return Ok(alert(Tone::Bad, "This address cannot be an endpoint", sentence(&error.to_string()))),
    };
    let Ok(turn) = services.pages.look_ups.clone().try_acquire_owned() else {
        return Ok(alert(
            Tone::Warn,
            "It was not looked up",
            "Others are checked at this moment: try again.".to_owned(),
        ));
    };
    let found = look_up(signed, url, turn).await?;
    Ok(match found {
        Ok(()) => {
            let text = "Its name is found and its addresses may be called. Nothing was sent there: send a test once it is saved.";
            alert(Tone::Good, "This address can be an endpoint", text.to_owned())
        }
        Err(failure) => alert(Tone::Bad, "Requests to this address would not leave", sentence(&failure.detail)),
    })
}

async fn look_up(
    signed: &Signed,
    url: EndpointUrl,
    turn: OwnedSemaphorePermit,
) -> Result<Result<(), Failure>, Problem> {
    let (done, outcome) = oneshot::channel();
    let end = move |result| {
        // Here and not by whoever waits: a browser that hangs up ends the wait, and not the look-up.
        drop(turn);
        // Nobody listens then, and nothing is left to do.
        drop(done.send(result));
    };
    signed.visit.services.endpoint_tests.look_up(url, end);
    outcome.await.map_err(|ended| StoreError::unavailable(ended).into())
}

fn alert(tone: Tone, title: &str, text: String) -> Alert {
    Alert { tone, title: title.to_owned(), text }
}
