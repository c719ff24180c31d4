//! The second step of a sign-in: a code, after the password.
//!
//! *Threat:* whoever knows the password goes on as if the code were typed. *Defence:* the password gives a sealed cookie that only this
//! page reads, for five minutes; a session begins with the code alone, in one transaction with its use. *Not defended:* see the domain.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::operators::{PasswordGiven, SecondStep, SecondStepError, SignInError};
use devhub_domain::secret::Secret;

use super::cookies::Name;
use super::fields::Fields;
use super::guest::{Guest, GuestForm};
use super::next::{SIGN_IN_CODE, own_path, sign_in_code_then, sign_in_then};
use super::notice::Notice;
use super::sign_in::lead_on;
use super::sign_in_page::{SignInPage, Step, explain, told, wrong_code};
use crate::problem_body::Problem;
use crate::request::{Path, get, post};
use crate::writes;

pub(super) fn paths() -> Vec<Path> {
    vec![Path::below("/admin", SIGN_IN_CODE, "GET, HEAD, POST").route(get().to(show)).route(post().to(submit))]
}

/// Leads a browser here whose password was right.
pub(super) fn ask(guest: Guest, given: &PasswordGiven, next: &str) -> HttpResponse {
    let mut visit = guest.visit;
    let pages = &visit.services.pages;
    let sealed = pages.second_factors.seal(pages.workspace_id, given);
    visit.set(Name::PasswordGiven, sealed.expose());
    visit.see_other(&sign_in_code_then(next))
}

/// Asks for the code; sends back whoever has not given a password of late.
pub(super) async fn show(guest: Guest, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let wanted = Fields::parse(req.query_string().as_bytes());
    let next = own_path(wanted.text("next"));
    let pages = &guest.visit.services.pages;
    let given = guest.visit.password_given().unwrap_or_default();
    if !pages.second_factors.awaits_code(pages.workspace_id, given) {
        return Ok(guest.visit.see_other_with(&sign_in_then(&next), Notice::CodeTooLate));
    }
    let page = SignInPage::of(&guest, Step::Code, &next, "");
    guest.visit.page(StatusCode::OK, &page)
}

/// Compares the code, and begins a session.
pub(super) async fn submit(form: GuestForm) -> Result<HttpResponse, Problem> {
    let GuestForm { guest, fields } = form;
    let next = own_path(fields.text("next"));
    let step = SecondStep {
        password_given: Secret::new(guest.visit.password_given().unwrap_or_default()),
        typed: fields.secret("code"),
        client: guest.visit.client(),
    };
    let pages = guest.visit.services.pages.clone();
    let presented = guest.visit.session().map(str::to_owned);
    let checked = move || pages.second_factors.sign_in(pages.workspace_id, &step, presented.as_deref());
    match writes::prepare_and_run(checked).await {
        Ok(signed_in) => Ok(lead_on(guest, &signed_in, &next).await),
        Err(error) => refuse(guest, &next, error),
    }
}

fn refuse(guest: Guest, next: &str, error: SecondStepError) -> Result<HttpResponse, Problem> {
    tracing::warn!(code = error.code(), client.address = %guest.visit.client().address, "a code was refused");
    let mut page = SignInPage::of(&guest, Step::Code, next, "");
    match error {
        SecondStepError::Expired => {
            let mut visit = guest.visit;
            visit.remove(Name::PasswordGiven);
            Ok(visit.see_other_with(&sign_in_then(next), Notice::CodeTooLate))
        }
        SecondStepError::WrongCode => {
            page.refuse(wrong_code());
            guest.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        SecondStepError::SignIn(SignInError::Store(error)) => Err(error.into()),
        SecondStepError::SignIn(error) => {
            page.refuse(explain(&error));
            told(guest.visit, error, &page)
        }
    }
}
