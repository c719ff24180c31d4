//! Sends a delivery again.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::webhooks::DeliveryError;

use super::page::{DeliveryPage, delivery_id, path_of, read};
use crate::admin::components::{Alert, Tone};
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::Submitted;
use crate::problem_body::Problem;
use crate::writes;

/// Makes it due at once.
pub(in crate::admin) async fn resend(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let (id, signed) = (delivery_id(&req)?, form.signed);
    let resend = signed.visit.services.deliveries.resend(signed.asker(), signed.workspace_id(), id);
    let Err(error) = writes::run(resend).await else {
        return Ok(signed.visit.see_other_with(&path_of(id), Notice::DeliveryResent));
    };
    let text = match error {
        DeliveryError::EndpointInactive(_) => "Its endpoint is not active: resume it first.".to_owned(),
        DeliveryError::InFlight(_) => "It is being sent at this moment: wait for its outcome.".to_owned(),
        DeliveryError::TooManyResends(_) => sentence(&error.to_string()),
        error => return Err(error.into()),
    };
    let read = read(&signed, id, None).await?;
    let mut page = DeliveryPage::of(&signed, &read);
    page.alert = Some(Alert { tone: Tone::Bad, title: "It was not sent again".to_owned(), text });
    page.shell.title = format!("Error: {}", page.shell.title);
    signed.visit.page(StatusCode::CONFLICT, &page)
}
