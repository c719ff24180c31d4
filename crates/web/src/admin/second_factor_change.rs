//! New recovery codes, and turning the second factor off: what asks for a code besides the password.
//!
//! *Threat:* who has found a browser open and knows the password takes the account over. *Defence:* both are done for a code that was not
//! used before; see the domain's `typed_code_service`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::operators::{OperatorError, SecondFactorError, SignInError};

use super::components::{Alert, ErrorSummary, Field, Shell};
use super::form_errors::{Refusable, refuse};
use super::menu::Place;
use super::next::confirm_password_then;
use super::notice::Notice;
use super::second_factor::{self, codes_left, shown_once};
use super::sign_in_page::{code_field, explain, told};
use super::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::request::{Path, get, post};
use crate::writes;

/// What is done for a code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Codes,
    Off,
}

/// The page.
#[derive(Template)]
#[template(path = "admin/second_factor_change.html")]
pub(super) struct SecondFactorChangePage {
    shell: Shell,
    token: String,
    change: Change,
    errors: Option<ErrorSummary>,
    wrong: Option<Alert>,
    code: Field,
    /// Whether nobody goes on without a second factor.
    is_required: bool,
}

pub(super) fn paths() -> Vec<Path> {
    let page = |change: Change| Path::below("/admin", change.path(), "GET, HEAD, POST");
    vec![
        page(Change::Codes).route(get().to(ask_codes)).route(post().to(renew)),
        page(Change::Off).route(get().to(ask_off)).route(post().to(turn_off)),
    ]
}

/// Asks for the code that new recovery codes are made for.
async fn ask_codes(signed: Signed) -> Result<HttpResponse, Problem> {
    ask(signed, Change::Codes).await
}

/// Asks for the code that it is turned off for.
async fn ask_off(signed: Signed) -> Result<HttpResponse, Problem> {
    ask(signed, Change::Off).await
}

/// Asks for a code; for the password first where that was given too long ago.
async fn ask(signed: Signed, change: Change) -> Result<HttpResponse, Problem> {
    if codes_left(&signed).await?.is_none() {
        return Ok(signed.visit.see_other(second_factor::PATH));
    }
    if !signed.asker().has_stepped_up(signed.visit.services.clock.now()) {
        return Ok(signed.visit.see_other(&confirm_password_then(change.path())));
    }
    let page = SecondFactorChangePage::of(&signed, change);
    signed.visit.page(StatusCode::OK, &page)
}

/// Makes new recovery codes. Who sends the form again is refused, since its code is spent: the codes that were shown go on counting.
async fn renew(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let (factors, who) = (signed.visit.services.pages.second_factors.clone(), signed.who.clone());
    let (typed, client) = (fields.secret("code"), signed.visit.client());
    match writes::prepare_and_run(move || factors.renew(&who, typed, &client)).await {
        Ok(codes) => shown_once(signed, &codes),
        Err(error) => refused(signed, Change::Codes, error),
    }
}

/// Turns it off.
async fn turn_off(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let (factors, who) = (signed.visit.services.pages.second_factors.clone(), signed.who.clone());
    let (typed, client) = (fields.secret("code"), signed.visit.client());
    match writes::prepare_and_run(move || factors.remove(&who, typed, &client)).await {
        Ok(()) => Ok(signed.visit.see_other_with("/admin/account", Notice::SecondFactorOff)),
        Err(error) => refused(signed, Change::Off, error),
    }
}

/// Says at the field what is wrong with the code; leads to the password where it is missing, and to the state as it is where somebody
/// else has changed it.
fn refused(signed: Signed, change: Change, error: SecondFactorError) -> Result<HttpResponse, Problem> {
    let mut page = SecondFactorChangePage::of(&signed, change);
    match error {
        SecondFactorError::WrongCode => {
            tracing::warn!(operator.id = %signed.operator_id(), "a code for a change of the second factor was refused");
            page.refuse();
            signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        SecondFactorError::Throttled { wait } => {
            tracing::warn!(operator.id = %signed.operator_id(), "a code has to wait, because too many have failed");
            let error = SignInError::Throttled { wait };
            page.shell.title = format!("Error: {}", page.shell.title);
            page.wrong = Some(explain(&error));
            told(signed.visit, error, &page)
        }
        SecondFactorError::Operator(OperatorError::StepUpNeeded) => {
            Ok(signed.visit.see_other(&confirm_password_then(change.path())))
        }
        SecondFactorError::Operator(error) => Err(error.into()),
        SecondFactorError::On | SecondFactorError::Off => Ok(signed.visit.see_other(second_factor::PATH)),
    }
}

impl Change {
    const fn path(self) -> &'static str {
        match self {
            Self::Codes => "/admin/account/second-factor/codes",
            Self::Off => "/admin/account/second-factor/off",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Codes => "Make new recovery codes",
            Self::Off => "Turn off the second factor",
        }
    }

    const fn line(self) -> &'static str {
        match self {
            Self::Codes => "The next page shows ten new ones, once. Those that you have count no more then.",
            Self::Off => "Your password alone signs you in then, and your recovery codes count no more.",
        }
    }

    const fn button(self) -> &'static str {
        match self {
            Self::Codes => "Make new codes",
            Self::Off => "Turn off",
        }
    }

    const fn refusal(self) -> &'static str {
        match self {
            Self::Codes => "No new codes were made by this",
            Self::Off => "The second factor is still on",
        }
    }
}

impl SecondFactorChangePage {
    fn of(signed: &Signed, change: Change) -> Self {
        let is_required = signed.visit.services.pages.is_second_factor_required;
        Self::drawn(signed.shell(change.title(), Place::Account), signed.form_token(), change, is_required)
    }

    fn drawn(shell: Shell, token: String, change: Change, is_required: bool) -> Self {
        let code = code_field("Six digits that you have not used yet, or a recovery code.");
        Self { shell, token, change, errors: None, wrong: None, code, is_required }
    }

    /// Says at the field that the code is wrong.
    fn refuse(&mut self) {
        let text = "This code is wrong, or was used before: wait for the next one.".to_owned();
        let parts: &mut [&mut dyn Refusable] = &mut [&mut self.code];
        self.errors = Some(refuse(&mut self.shell.title, parts, self.change.refusal(), vec![("code", text)]));
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for SecondFactorChangePage {
        const TEMPLATE: &'static str = "admin/second_factor_change.html";

        fn samples() -> Vec<Self> {
            let page = |change: Change| Self::drawn(shell_sample(change.title()), "token".to_owned(), change, false);
            let mut refused = page(Change::Codes);
            refused.refuse();
            let wait = std::time::Duration::from_secs(30);
            let waits = Some(explain(&SignInError::Throttled { wait }));
            vec![refused, Self { is_required: true, wrong: waits, ..page(Change::Off) }]
        }
    }
}
