//! The page that shows the first password of an operator: made by the hub, in the answer of a form, and kept nowhere but as its hash.
//!
//! *Threat:* a password that somebody chose for another is weak, or known to more than two. *Defence:* the hub draws 120 random bits and
//! shows them once; whoever was given it changes it on the account's page. *Not defended:* how it is handed over.
//!
//! *Threat:* the page is reloaded, or the form sent again by going back: the password that was handed over works no more, and nobody
//! has said so. *Defence:* the form has an id of its own, and is carried out once (`idempotency`): whoever sends it again changes
//! nothing, and is told that the password was shown.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use data_encoding::BASE32_NOPAD;
use devhub_domain::entropy::{Entropy, random_bytes};
use devhub_domain::operators::{EmailAddress, Password, PasswordHash, SignInError};
use devhub_domain::secret::Secret;

use super::paths::OPERATORS;
use super::tabs::{SettingsTab, tabs};
use crate::admin::components::{CopyField, Shell, Tabs};
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/settings/operator_password.html")]
pub(in crate::admin) struct OperatorPasswordPage {
    shell: Shell,
    tabs: Tabs,
    title: &'static str,
    email: String,
    password: CopyField,
    back: &'static str,
}

/// Says that the form was used, and its password shown.
pub(super) fn shown_before(signed: Signed) -> HttpResponse {
    signed.visit.see_other_with(OPERATORS, Notice::OperatorPasswordShownBefore)
}

/// Draws a password, and what is kept of it.
pub(super) async fn draw(signed: &Signed, email: &EmailAddress) -> Result<(Secret, PasswordHash), Problem> {
    let services = &signed.visit.services;
    let text = generate(&*services.entropy);
    let password = Password::new(text.clone(), email).map_err(Problem::internal)?;
    let passwords = services.pages.sign_ins.passwords().clone();
    let hash = blocking::run(move || passwords.hash(&password).map_err(|busy| Problem::from(SignInError::Busy(busy))));
    Ok((text, hash.await?))
}

/// Shows it, this once.
pub(super) fn show(
    signed: Signed,
    title: &'static str,
    email: &EmailAddress,
    password: &Secret,
) -> Result<HttpResponse, Problem> {
    let page = OperatorPasswordPage::drawn(signed.shell(title, Place::Settings), title, email.as_str(), password);
    signed.visit.page(StatusCode::OK, &page)
}

/// *Shape:* 24 lower-case letters and digits.
fn generate(entropy: &dyn Entropy) -> Secret {
    let random: [u8; 15] = random_bytes(entropy);
    Secret::new(BASE32_NOPAD.encode(&random).to_lowercase())
}

impl OperatorPasswordPage {
    fn drawn(shell: Shell, title: &'static str, email: &str, password: &Secret) -> Self {
        Self {
            shell,
            tabs: tabs(SettingsTab::Operators),
            title,
            email: email.to_owned(),
            password: CopyField {
                id: "first-password".to_owned(),
                label: "Password".to_owned(),
                value: password.expose().to_owned(),
                button: "Copy Password".to_owned(),
                is_concealed: true,
                is_multiline: false,
            },
            back: OPERATORS,
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for OperatorPasswordPage {
        const TEMPLATE: &'static str = "admin/settings/operator_password.html";

        fn samples() -> Vec<Self> {
            let password = Secret::new("not-a-real-password");
            vec![Self::drawn(shell_sample("Operator added"), "Operator added", "<b>@shop.example", &password)]
        }
    }
}
