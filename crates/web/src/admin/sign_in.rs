//! Signing in and out.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::operators::{FirstStep, SignInAttempt, SignInError, SignedIn};
use devhub_domain::time::seconds_to_wait;

use super::components::{Alert, Field, FieldKind, Plain, Tone};
use super::cookies::Name;
use super::fields::Fields;
use super::guest::{Guest, GuestForm};
use super::next::{HOME, own_path};
use super::notice::Notice;
use super::sign_in_code;
use super::signed::SubmittedAnywhere;
use super::visit::Visit;
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// The page that asks who is there.
#[derive(Template)]
#[template(path = "admin/sign_in.html")]
pub(super) struct SignInPage {
    plain: Plain,
    token: String,
    next: String,
    wrong: Option<Alert>,
    email: Field,
    password: Field,
}

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
    let page = SignInPage::new(guest.visit.plain("Sign in"), guest.form_token(), &next);
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
    let checked = blocking::run(move || pages.sign_ins.sign_in(&attempt, presented.as_deref()));
    let result = match checked.await {
        Ok(prepared) => writes::run(prepared).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(FirstStep::SignedIn(signed_in)) => {
            let path = path_after(&guest, &signed_in, &next).await?;
            Ok(begin(guest, &signed_in, &path))
        }
        Ok(FirstStep::CodeNeeded(given)) => Ok(sign_in_code::ask(guest, &given, &next)),
        Err(error) => refuse(guest, &next, email, error),
    }
}

/// Ends the session, here and in the browser: also from a page of a workspace that it has left, since it means the whole session.
pub(super) async fn sign_out(form: SubmittedAnywhere) -> Result<HttpResponse, Problem> {
    let SubmittedAnywhere { signed, .. } = form;
    let (workspace_id, operator_id, id) = (signed.workspace_id(), signed.operator_id(), signed.who.session.id);
    let sessions = &signed.visit.services.pages.sessions;
    writes::run(sessions.end(signed.asker(), workspace_id, operator_id, id)).await?;
    let mut visit = signed.visit;
    visit.remove(Name::Session);
    Ok(visit.see_other_with("/admin/sign-in", Notice::SignedOut))
}

/// Where somebody goes who has signed in. Who works in several workspaces is at home now, and the path may be of a page that it saw in
/// another: the same page of this one would look as if it were that.
pub(super) async fn path_after(guest: &Guest, signed_in: &SignedIn, next: &str) -> Result<String, Problem> {
    let (sessions, id) = (guest.visit.services.pages.sessions.clone(), signed_in.operator.id);
    let memberships = blocking::run(move || Ok::<_, Problem>(sessions.memberships(id)?)).await?;
    Ok(own_path(if memberships.len() > 1 { HOME } else { next }))
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

fn refuse(guest: Guest, next: &str, email: String, error: SignInError) -> Result<HttpResponse, Problem> {
    tracing::warn!(code = error.code(), client.address = %guest.visit.client().address, "a sign-in was refused");
    if matches!(error, SignInError::Store(_)) {
        return Err(error.into());
    }
    let mut page = SignInPage::new(guest.visit.plain("Sign in"), guest.form_token(), next);
    page.email.value = email;
    page.wrong = Some(explain(&error));
    page.plain.title = format!("Error: {}", page.plain.title);
    told(guest.visit, error, &page)
}

/// Answers with a page that says why nobody was signed in, and when to come back.
pub(super) fn told(visit: Visit, error: SignInError, page: &impl Template) -> Result<HttpResponse, Problem> {
    let told = Problem::from(error);
    let mut answer = visit.page(told.status(), page)?;
    for (name, value) in told.headers() {
        answer.headers_mut().insert(name.clone(), value.clone());
    }
    Ok(answer)
}

/// What was wrong, as people read it.
pub(super) fn explain(error: &SignInError) -> Alert {
    let (title, text) = match error {
        SignInError::Wrong => (
            "Email or password is wrong",
            "Try again. If it is forgotten, devhub operators reset-password sets a new one on the hub's machine."
                .to_owned(),
        ),
        SignInError::Throttled { wait } => {
            let wait = seconds_to_wait(*wait);
            ("Too many attempts have failed", format!("Wait {wait} s, then try again."))
        }
        SignInError::Busy(_) | SignInError::Store(_) => ("The hub is busy", "Try again in a moment.".to_owned()),
    };
    Alert { tone: Tone::Bad, title: title.to_owned(), text }
}

impl SignInPage {
    fn new(plain: Plain, token: String, next: &str) -> Self {
        Self {
            plain,
            token,
            next: next.to_owned(),
            wrong: None,
            email: Field {
                name: "email",
                label: "Email".to_owned(),
                kind: FieldKind::Email,
                is_required: true,
                autocomplete: "username",
                max_length: Some(254),
                ..Field::default()
            },
            password: Field::current_password("password", "Password"),
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, plain_sample};

    impl Sample for SignInPage {
        const TEMPLATE: &'static str = "admin/sign_in.html";

        fn samples() -> Vec<Self> {
            let page =
                |wrong| Self { wrong, ..Self::new(plain_sample("Sign in"), "token".to_owned(), "/admin/account") };
            vec![page(None), page(Some(explain(&SignInError::Wrong)))]
        }
    }
}
