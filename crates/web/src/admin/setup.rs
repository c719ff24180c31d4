//! The first owner of a hub, with the token that its start has printed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::operators::{EmailAddress, FirstOwner, PASSWORD_CHARS_MIN, SetupError, SignInError, SignedIn};

use super::components::{Alert, ErrorSummary, Field, FieldKind, Plain, Tone};
use super::fields::Fields;
use super::form_errors::{Refusable, refuse};
use super::guest::{Guest, GuestForm};
use super::next::HOME;
use super::sentence::sentence;
use super::sign_in::begin;
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// The page that makes the first owner.
#[derive(Template)]
#[template(path = "admin/setup.html")]
pub(super) struct SetupPage {
    plain: Plain,
    token: String,
    errors: Option<ErrorSummary>,
    in_the_clear: Option<Alert>,
    setup_token: Field,
    email: Field,
    password: Field,
}

/// Asks for the token and for who the owner is to be, while there is none.
pub(super) async fn show(guest: Guest) -> Result<HttpResponse, Problem> {
    let setup = guest.visit.services.pages.setup.clone();
    if !blocking::run(move || setup.is_open()).await? {
        return Ok(guest.visit.see_other("/admin/sign-in"));
    }
    let page = SetupPage::of(&guest);
    guest.visit.page(StatusCode::OK, &page)
}

/// Makes the first owner and signs it in.
pub(super) async fn submit(form: GuestForm) -> Result<HttpResponse, Problem> {
    let GuestForm { guest, fields } = form;
    let email = match EmailAddress::new(fields.text("email")) {
        Ok(email) => email,
        Err(error) => return refused(guest, &fields, "email", &error.to_string()),
    };
    let owner = FirstOwner { email, password: fields.secret("password"), client: guest.visit.client() };
    match complete(&guest, &fields, owner).await {
        Ok(signed_in) => Ok(begin(guest, &signed_in, HOME)),
        Err(SetupError::Done) => Ok(guest.visit.see_other("/admin/sign-in")),
        Err(SetupError::Store(error)) => Err(error.into()),
        Err(SetupError::Busy(busy)) => Err(SignInError::Busy(busy).into()),
        Err(error) => {
            tracing::warn!(code = error.code(), client.address = %guest.visit.client().address, "a setup was refused");
            let field = match error {
                SetupError::WrongToken => "setup_token",
                SetupError::EmailTaken => "email",
                _ => "password",
            };
            refused(guest, &fields, field, &error.to_string())
        }
    }
}

async fn complete(guest: &Guest, fields: &Fields, owner: FirstOwner) -> Result<SignedIn, SetupError> {
    let setup = guest.visit.services.pages.setup.clone();
    let (token, presented) = (fields.secret("setup_token"), guest.visit.session().map(str::to_owned));
    writes::prepare_and_run(move || setup.complete(token.expose().trim(), owner, presented.as_deref())).await
}

/// Shows the form once more, with what is wrong at its field.
fn refused(guest: Guest, fields: &Fields, field: &'static str, error: &str) -> Result<HttpResponse, Problem> {
    let mut page = SetupPage::of(&guest);
    fields.text("email").clone_into(&mut page.email.value);
    // Not in the address any more: whoever has mistyped the rest need not look for it again.
    fields.text("setup_token").clone_into(&mut page.setup_token.value);
    page.refuse(field, error);
    guest.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn in_the_clear() -> Alert {
    Alert {
        tone: Tone::Warn,
        title: "This connection is not encrypted".to_owned(),
        text: "That is fine on this machine. Before anybody signs in over a network, set up https.".to_owned(),
    }
}

impl SetupPage {
    fn of(guest: &Guest) -> Self {
        let in_the_clear = (!guest.visit.connection.is_https()).then(in_the_clear);
        Self { in_the_clear, ..Self::new(guest.visit.plain("Set up this hub"), guest.form_token()) }
    }

    /// Says what is wrong, at its field.
    fn refuse(&mut self, field: &'static str, error: &str) {
        let wrong = vec![(field, sentence(error))];
        let parts: &mut [&mut dyn Refusable] = &mut [&mut self.setup_token, &mut self.email, &mut self.password];
        self.errors = Some(refuse(&mut self.plain.title, parts, "The hub was not set up", wrong));
    }

    fn new(plain: Plain, token: String) -> Self {
        Self {
            plain,
            token,
            errors: None,
            in_the_clear: None,
            setup_token: Field {
                name: "setup_token",
                label: "Setup token".to_owned(),
                kind: FieldKind::Code,
                help: Some("The hub prints it when it starts: what stands behind # in the address.".to_owned()),
                is_required: true,
                max_length: Some(100),
                ..Field::default()
            },
            email: Field {
                name: "email",
                label: "Email".to_owned(),
                kind: FieldKind::Email,
                help: Some("You sign in with it.".to_owned()),
                is_required: true,
                autocomplete: "username",
                max_length: Some(254),
                ..Field::default()
            },
            password: new_password("password", "Password"),
        }
    }
}

/// Where a password is chosen.
pub(super) fn new_password(name: &'static str, label: &str) -> Field {
    Field {
        name,
        label: label.to_owned(),
        kind: FieldKind::Password,
        help: Some(format!(
            "At least {PASSWORD_CHARS_MIN} characters. A few words that belong to you alone are easy to keep."
        )),
        is_required: true,
        autocomplete: "new-password",
        ..Field::default()
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, plain_sample};

    impl Sample for SetupPage {
        const TEMPLATE: &'static str = "admin/setup.html";

        fn samples() -> Vec<Self> {
            let page = || Self::new(plain_sample("Set up this hub"), "token".to_owned());
            let mut refused = Self { in_the_clear: Some(in_the_clear()), ..page() };
            refused.refuse("email", "email must look like name@example.com");
            vec![page(), refused]
        }
    }
}
