//! Signing in and out.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::operators::{FirstStep, SignInAttempt, SignInError, SignedIn};

use super::cookies::Name;
use super::fields::Fields;
use super::guest::{Guest, GuestForm};
use super::next::{HOME, SIGN_IN, own_path};
use super::notice::Notice;
use super::sign_in_code;
use super::sign_in_page::{SignInPage, Step, explain, told};
use super::signed::{Submitted, SubmittedAnywhere};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// Asks who is there; sends on whoever is signed in, and to the setup while nobody can be.
pub(super) async fn show(guest: Guest, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let wanted = Fields::parse(req.query_string().as_bytes());
    let next = own_path(wanted.text("next"));
    let pages = guest.visit.services.pages.clone();
    let session = guest.visit.session().map(str::to_owned);
    let (is_open, signed_in) = blocking::run(move || {
        let signed_in = session.map(|token| pages.sessions.find(&token)).transpose()?.flatten();
        Ok::<_, Problem>((pages.setup.is_open()?, signed_in))
    })
    .await?;
    if signed_in.is_some() {
        return Ok(guest.visit.see_other(&next));
    }
    if is_open {
        return Ok(guest.visit.see_other("/admin/setup"));
    }
    let page = SignInPage::of(&guest, Step::Password, &next, "");
    guest.visit.page(StatusCode::OK, &page)
}

/// Compares what was typed, and begins a session.
pub(super) async fn submit(form: GuestForm) -> Result<HttpResponse, Problem> {
    let GuestForm { guest, fields } = form;
    let next = fields.text("next").to_owned();
    let email = fields.text("email").to_owned();
    let attempt =
        SignInAttempt { email: email.clone(), password: fields.secret("password"), client: guest.visit.client() };
    let pages = guest.visit.services.pages.clone();
    let presented = guest.visit.session().map(str::to_owned);
    let checked = move || pages.sign_ins.sign_in(&attempt, presented.as_deref());
    match writes::prepare_and_run(checked).await {
        Ok(FirstStep::SignedIn(signed_in)) => Ok(lead_on(guest, &signed_in, &next).await),
        Ok(FirstStep::CodeNeeded(given)) => Ok(sign_in_code::ask(guest, &given, &next)),
        Err(error) => refuse(guest, &next, &email, error),
    }
}

/// Ends the session, here and in the browser: also from a page of a workspace that it has left, since it means the whole session.
pub(super) async fn sign_out(form: SubmittedAnywhere) -> Result<HttpResponse, Problem> {
    let SubmittedAnywhere(Submitted { signed, .. }) = form;
    let (workspace_id, operator_id, id) = (signed.workspace_id(), signed.operator_id(), signed.who.session.id);
    let sessions = &signed.visit.services.pages.sessions;
    writes::run(sessions.end(signed.asker(), workspace_id, operator_id, id)).await?;
    let mut visit = signed.visit;
    visit.remove(Name::Session);
    Ok(visit.see_other_with(SIGN_IN, Notice::SignedOut))
}

/// Gives the browser its new session, and leads on. Who works in several workspaces is at home now, and the path may be of a page that it
/// saw in another: the same page of this one would look as if it were that.
pub(super) async fn lead_on(guest: Guest, signed_in: &SignedIn, next: &str) -> HttpResponse {
    let (sessions, id) = (guest.visit.services.pages.sessions.clone(), signed_in.operator.id);
    let memberships = blocking::run(move || Ok::<_, Problem>(sessions.memberships(id)?)).await;
    // The session is there, and a code may be used up: whoever has it is let in, also where this read fails.
    let has_one = match memberships {
        Ok(memberships) => memberships.len() == 1,
        Err(error) => {
            tracing::error!(code = error.code(), operator.id = %id, "the workspaces of an operator who signed in cannot be read");
            false
        }
    };
    begin(guest, signed_in, &own_path(if has_one { next } else { HOME }))
}

/// Gives the browser its new session.
pub(super) fn begin(guest: Guest, signed_in: &SignedIn, path: &str) -> HttpResponse {
    let mut visit = guest.visit;
    tracing::info!(operator.id = %signed_in.operator.id, client.address = %visit.client().address, "an operator signed in");
    if !visit.connection.is_https() {
        tracing::warn!("the cookie of a session was set without encryption: fine on this machine, and nowhere else");
    }
    visit.set(Name::Session, signed_in.token.to_secret().expose());
    visit.remove(Name::Guest);
    if visit.password_given().is_some() {
        visit.remove(Name::PasswordGiven);
    }
    visit.see_other(path)
}

fn refuse(guest: Guest, next: &str, email: &str, error: SignInError) -> Result<HttpResponse, Problem> {
    tracing::warn!(code = error.code(), client.address = %guest.visit.client().address, "a sign-in was refused");
    if matches!(error, SignInError::Store(_)) {
        return Err(error.into());
    }
    let mut page = SignInPage::of(&guest, Step::Password, next, email);
    page.refuse(explain(&error));
    told(guest.visit, error, &page)
}
