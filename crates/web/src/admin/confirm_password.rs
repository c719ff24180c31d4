//! The page that asks for the password once more, before what needs it.
//!
//! *Threat:* whoever finds a browser open takes secrets away. *Defence:* what needs the password says so itself, in the domain; this
//! page gives it, through [`SignIns::again`](devhub_domain::operators::SignIns::again), which counts wrong ones as failed sign-ins and
//! makes a new session. *Not defended:* the ten minutes after it was given.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::operators::SignInError;

use super::components::{Alert, Field, Shell};
use super::cookies::Name;
use super::fields::Fields;
use super::menu::Place;
use super::next::own_path;
use super::sign_in_page::{explain, told};
use super::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

/// The page.
#[derive(Template)]
#[template(path = "admin/confirm_password.html")]
pub(super) struct ConfirmPasswordPage {
    shell: Shell,
    token: String,
    next: String,
    wrong: Option<Alert>,
    email: String,
    password: Field,
}

/// Asks for the password, also whoever has just given it: what has sent the browser here knows better.
pub(super) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let wanted = Fields::parse(req.query_string().as_bytes());
    let page = ConfirmPasswordPage::of(&signed, own_path(wanted.text("next")));
    signed.visit.page(StatusCode::OK, &page)
}

/// Compares it, and leads on.
pub(super) async fn submit(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let next = own_path(fields.text("next"));
    let (sign_ins, client) = (signed.visit.services.pages.sign_ins.clone(), signed.visit.client());
    let (signed_in, password) = (signed.who.clone(), fields.secret("password"));
    match writes::prepare_and_run(move || sign_ins.again(&signed_in, password, client)).await {
        Ok(signed_in) => {
            let mut visit = signed.visit;
            visit.set(Name::Session, signed_in.token.to_secret().expose());
            Ok(visit.see_other(&next))
        }
        Err(error) => refuse(signed, next, error),
    }
}

fn refuse(signed: Signed, next: String, error: SignInError) -> Result<HttpResponse, Problem> {
    tracing::warn!(code = error.code(), operator.id = %signed.operator_id(), "a password was refused");
    let mut page = ConfirmPasswordPage::of(&signed, next);
    page.shell.title = format!("Error: {}", page.shell.title);
    match error {
        SignInError::Store(error) => return Err(error.into()),
        // The page that was wanted asks who is there now.
        SignInError::SessionEnded => return Ok(signed.visit.see_other(&page.next)),
        SignInError::Wrong => page.password.error = Some("This is not your password.".to_owned()),
        SignInError::Throttled { .. } | SignInError::Busy(_) => {
            page.wrong = Some(explain(&error));
        }
    }
    told(signed.visit, error, &page)
}

impl ConfirmPasswordPage {
    fn of(signed: &Signed, next: String) -> Self {
        Self {
            shell: signed.shell("Confirm your password", Place::Account),
            token: signed.form_token(),
            next,
            wrong: None,
            email: signed.who.operator.email.as_str().to_owned(),
            password: Field::current_password("password", "Password"),
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for ConfirmPasswordPage {
        const TEMPLATE: &'static str = "admin/confirm_password.html";

        fn samples() -> Vec<Self> {
            let page = |wrong, error: Option<&str>| Self {
                shell: shell_sample("Confirm your password"),
                token: "token".to_owned(),
                next: "/admin/developer/webhooks".to_owned(),
                wrong,
                email: "ada@shop.example".to_owned(),
                password: Field { error: error.map(str::to_owned), ..Field::current_password("password", "Password") },
            };
            let wait = std::time::Duration::from_secs(30);
            vec![
                page(None, None),
                page(None, Some("This is not your password.")),
                page(Some(explain(&SignInError::Throttled { wait })), None),
            ]
        }
    }
}
