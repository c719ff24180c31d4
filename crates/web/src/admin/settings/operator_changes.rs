//! What is done with an operator after a question: another password, no second factor, the end of its sessions, its removal.

use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::idempotency::{Fingerprint, OnceError, Outcome};
use devhub_domain::operators::{Operator, OperatorError};

use super::operator_password;
use super::paths::{OPERATORS, is_stepped_up, operator_of, operator_path};
use crate::admin::components::Confirm;
use crate::admin::confirm::ConfirmPage;
use crate::admin::fields::Fields;
use crate::admin::form_id;
use crate::admin::menu::Place;
use crate::admin::next::confirm_password_then;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// What can be done with one operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    ResetPassword,
    ResetSecondFactor,
    EndSessions,
    Remove,
}

/// The words of all that can be done.
pub(super) fn changes() -> [&'static str; 4] {
    Change::ALL.map(Change::word)
}

impl Change {
    /// All of them, the gravest last.
    pub(super) const ALL: [Self; 4] = [Self::ResetPassword, Self::ResetSecondFactor, Self::EndSessions, Self::Remove];

    /// The word in addresses.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset-password",
            Self::ResetSecondFactor => "reset-second-factor",
            Self::EndSessions => "end-sessions",
            Self::Remove => "remove",
        }
    }

    /// The word on buttons.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::ResetPassword => "Reset password",
            Self::ResetSecondFactor => "Reset second factor",
            Self::EndSessions => "End sessions",
            Self::Remove => "Remove",
        }
    }

    /// What will happen.
    const fn line(self) -> &'static str {
        match self {
            Self::ResetPassword => {
                "The next page shows a new password, once: hand it over. The old one stops working, and every session ends."
            }
            Self::ResetSecondFactor => {
                "The password alone signs in then, and every session ends. Do this for who has lost phone and recovery codes, and make sure who asks for it."
            }
            Self::EndSessions => "Every browser in which it works here has to sign in again. The password stays.",
            Self::Remove => {
                "Its sessions here end. Unless it works in another workspace too, it can no longer sign in. The audit log keeps what it did."
            }
        }
    }

    fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let word = req.match_info().get("change").unwrap_or_default();
        Self::ALL.into_iter().find(|change| change.word() == word).ok_or_else(Problem::route_not_found)
    }
}

/// Asks whether it shall be done; for the password first where that was given too long ago.
pub(super) async fn ask(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let change = Change::of(&req)?;
    let operator = operator_of(&req, &signed).await?;
    if !signed.who.operator.role.manages(operator.role) {
        return Err(Problem::role_too_low().into());
    }
    if matches!(change, Change::ResetPassword | Change::ResetSecondFactor) {
        check_reset(&signed, &operator).await?;
    }
    let path = operator_path(operator.id, change.word());
    if change != Change::EndSessions && !is_stepped_up(&signed) {
        return Ok(signed.visit.see_other(&confirm_password_then(&path)));
    }
    let confirm = Confirm {
        title: format!("{}?", change.label()),
        lines: vec![format!("{} ({}).", operator.email.as_str(), operator.role.as_str()), change.line().to_owned()],
        action: if change == Change::ResetPassword { once_path(&signed, &path) } else { path },
        token: signed.form_token(),
        button: change.label().to_owned(),
        is_danger: change == Change::Remove,
        cancel: OPERATORS.to_owned(),
    };
    Ok(ConfirmPage::answer(signed, Place::Settings, confirm)?)
}

/// An address that does something once: what the question is about stands in it.
fn once_path(signed: &Signed, path: &str) -> String {
    let services = &signed.visit.services;
    format!("{path}?form_id={}", form_id::generate(services.clock.now(), &*services.entropy))
}

/// Does it.
pub(super) async fn change(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let change = Change::of(&req)?;
    let signed = form.signed;
    let operator = operator_of(&req, &signed).await?;
    let (pages, workspace_id) = (&signed.visit.services.pages, signed.workspace_id());
    let outcome = match change {
        Change::ResetPassword => return reset_password(&req, signed, &operator).await,
        Change::ResetSecondFactor => {
            let reset = pages.operators.reset_second_factor(signed.asker(), workspace_id, operator.id);
            writes::run(reset).await.map(|_| Notice::OperatorSecondFactorReset)
        }
        Change::EndSessions => {
            let kept = (operator.id == signed.operator_id()).then_some(signed.who.session.id);
            let ended = writes::run(pages.sessions.end_all(signed.asker(), workspace_id, operator.id, kept)).await;
            ended.map(|_| Notice::OperatorSessionsEnded)
        }
        Change::Remove => {
            let removed = writes::run(pages.operators.remove(signed.asker(), workspace_id, operator.id)).await;
            removed.map(|()| Notice::OperatorRemoved)
        }
    };
    match outcome {
        Ok(notice) => Ok(signed.visit.see_other_with(OPERATORS, notice)),
        Err(error) => refuse(signed, &operator_path(operator.id, change.word()), error),
    }
}

/// Refuses whoever does not answer for an operator that works elsewhere too.
async fn check_reset(signed: &Signed, operator: &Operator) -> Result<(), Problem> {
    let operators = signed.visit.services.pages.operators.clone();
    let (asker, workspace_id, id) = (signed.asker(), signed.workspace_id(), operator.id);
    Ok(blocking::run(move || operators.check_reset(asker, workspace_id, id)).await?)
}

/// Once for each question, however often it is answered.
async fn reset_password(req: &HttpRequest, signed: Signed, operator: &Operator) -> Result<HttpResponse, Problem> {
    // Before any work is done for whoever may not: a hash takes a place of those who sign in.
    if !signed.who.operator.role.manages(operator.role) {
        return Err(Problem::role_too_low());
    }
    check_reset(&signed, operator).await?;
    if !is_stepped_up(&signed) {
        let path = operator_path(operator.id, Change::ResetPassword.word());
        return Ok(signed.visit.see_other(&confirm_password_then(&path)));
    }
    let query = Fields::parse(req.query_string().as_bytes());
    let key = form_id::FormKey::of(&signed, query.text("form_id"))?;
    let (password, hash) = operator_password::draw(&signed, &operator.email).await?;
    let asked = Fingerprint::of("POST /admin/settings/operators/reset-password", operator.id.to_string().as_bytes());
    let services = &signed.visit.services;
    let reset = services.pages.operators.reset_password(signed.asker(), signed.workspace_id(), operator.id, hash);
    match writes::run(services.idempotency.once(key.asks(asked), reset, form_id::remembered)).await {
        Ok(Outcome::Done(operator)) => operator_password::show(signed, "Password reset", &operator.email, &password),
        Ok(Outcome::Replayed(_)) => Ok(operator_password::shown_before(signed)),
        Err(error @ OnceError::KeyReused) => Err(error.into()),
        Err(OnceError::Change(error)) => {
            refuse(signed, &operator_path(operator.id, Change::ResetPassword.word()), error)
        }
    }
}

/// Sends whoever has to give the password again to where that is done; everything else is told on a page.
pub(super) fn refuse(signed: Signed, path: &str, error: OperatorError) -> Result<HttpResponse, Problem> {
    match error {
        OperatorError::StepUpNeeded => Ok(signed.visit.see_other(&confirm_password_then(path))),
        error => Err(error.into()),
    }
}
