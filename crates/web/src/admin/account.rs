//! The account of whoever is signed in: its password, and where it is signed in.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::id::OperatorSessionId;
use devhub_domain::operators::{ChangePasswordError, OperatorSession, SignInError};

use super::browser;
use super::components::{Action, Alert, Badge, Cell, Column, Confirm, ErrorSummary, Field, Row, Shell, Table, Tone};
use super::confirm::ConfirmPage;
use super::cookies::Name;
use super::form_errors::{Refusable, refuse};
use super::menu::Place;
use super::moments::moment;
use super::notice::Notice;
use super::second_factor::codes_left;
use super::sentence::sentence;
use super::setup::new_password;
use super::sign_in_page::{explain, told};
use super::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::path_value;
use crate::writes;

const PATH: &str = "/admin/account";

/// The page.
#[derive(Template)]
#[template(path = "admin/account.html")]
pub(super) struct AccountPage {
    shell: Shell,
    token: String,
    zone: String,
    errors: Option<ErrorSummary>,
    wrong: Option<Alert>,
    current: Field,
    new: Field,
    second_factor: &'static str,
    sessions: Table,
    has_others: bool,
}

/// Shows the account.
pub(super) async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    let page = AccountPage::of(&signed).await?;
    signed.visit.page(StatusCode::OK, &page)
}

/// Changes the password, which ends every other session.
pub(super) async fn change_password(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let (current, new) = (fields.secret("current_password"), fields.secret("new_password"));
    let (sign_ins, client) = (signed.visit.services.pages.sign_ins.clone(), signed.visit.client());
    let signed_in = signed.who.clone();
    match writes::prepare_and_run(move || sign_ins.change_password(&signed_in, &current, new, client)).await {
        Ok(signed_in) => {
            let mut visit = signed.visit;
            visit.set(Name::Session, signed_in.token.to_secret().expose());
            Ok(visit.see_other_with(PATH, Notice::PasswordChanged))
        }
        Err(error) => refused(signed, error).await,
    }
}

async fn refused(signed: Signed, error: ChangePasswordError) -> Result<HttpResponse, Problem> {
    tracing::warn!(code = error.code(), operator.id = %signed.operator_id(), "a change of password was refused");
    let mut page = AccountPage::of(&signed).await?;
    match error {
        ChangePasswordError::Password(error) => page.refuse("new_password", &sentence(&error.to_string())),
        ChangePasswordError::SignIn(SignInError::Wrong) => {
            page.refuse("current_password", "This is not your password.");
        }
        ChangePasswordError::SignIn(SignInError::Store(error)) => return Err(error.into()),
        // What was typed is not kept: the page asks who is there now.
        ChangePasswordError::SignIn(SignInError::SessionEnded) => return Ok(signed.visit.see_other(PATH)),
        ChangePasswordError::SignIn(error) => {
            page.wrong = Some(explain(&error));
            return told(signed.visit, error, &page);
        }
    }
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Asks whether a session is to be ended.
pub(super) async fn ask_end(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let id = session_id(&req)?;
    if !sessions_of(&signed).await?.iter().any(|session| session.id == id) {
        return Err(no_such_session().into());
    }
    let is_own = signed.who.session.id == id;
    let line = if is_own { "You are signed out of this browser." } else { "Its browser has to sign in again." };
    let confirm = Confirm {
        title: "End this session?".to_owned(),
        lines: vec![line.to_owned()],
        action: format!("{PATH}/sessions/{id}/end"),
        token: signed.form_token(),
        button: "End session".to_owned(),
        is_danger: false,
        cancel: PATH.to_owned(),
    };
    Ok(ConfirmPage::answer(signed, Place::Account, confirm)?)
}

/// Ends a session.
pub(super) async fn end(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let id = session_id(&req)?;
    let signed = form.signed;
    let sessions = &signed.visit.services.pages.sessions;
    writes::run(sessions.end(signed.asker(), signed.workspace_id(), signed.operator_id(), id)).await?;
    if signed.who.session.id == id {
        let mut visit = signed.visit;
        visit.remove(Name::Session);
        return Ok(visit.see_other_with("/admin/sign-in", Notice::SignedOut));
    }
    Ok(signed.visit.see_other_with(PATH, Notice::SessionEnded))
}

/// Asks whether all other sessions are to be ended.
pub(super) async fn ask_end_others(signed: Signed) -> Result<HttpResponse, Problem> {
    let confirm = Confirm {
        title: "End all other sessions?".to_owned(),
        lines: vec!["Every other browser has to sign in again. This one stays signed in.".to_owned()],
        action: format!("{PATH}/sessions/end-others"),
        token: signed.form_token(),
        button: "End sessions".to_owned(),
        is_danger: false,
        cancel: PATH.to_owned(),
    };
    ConfirmPage::answer(signed, Place::Account, confirm)
}

/// Ends all other sessions.
pub(super) async fn end_others(form: Submitted) -> Result<HttpResponse, Problem> {
    let signed = form.signed;
    let sessions = &signed.visit.services.pages.sessions;
    let kept = Some(signed.who.session.id);
    writes::run(sessions.end_all(signed.asker(), signed.workspace_id(), signed.operator_id(), kept)).await?;
    Ok(signed.visit.see_other_with(PATH, Notice::SessionsEnded))
}

fn session_id(req: &HttpRequest) -> Result<OperatorSessionId, Problem> {
    path_value(req, "id").ok_or_else(no_such_session)
}

fn no_such_session() -> Problem {
    Problem::no_such("session_not_found", "session")
}

async fn sessions_of(signed: &Signed) -> Result<Vec<OperatorSession>, Problem> {
    let sessions = signed.visit.services.pages.sessions.clone();
    let (asker, workspace_id, operator_id) = (signed.asker(), signed.workspace_id(), signed.operator_id());
    Ok(blocking::run(move || sessions.list(asker, workspace_id, operator_id)).await?)
}

impl AccountPage {
    /// Says what is wrong with the passwords, at its field.
    fn refuse(&mut self, field: &'static str, error: &str) {
        let wrong = vec![(field, error.to_owned())];
        let parts: &mut [&mut dyn Refusable] = &mut [&mut self.current, &mut self.new];
        self.errors = Some(refuse(&mut self.shell.title, parts, "The password was not changed", wrong));
    }

    async fn of(signed: &Signed) -> Result<Self, Problem> {
        let sessions = sessions_of(signed).await?;
        Ok(Self {
            shell: signed.shell("Your account", Place::Account),
            token: signed.form_token(),
            zone: signed.workspace.time_zone.to_string(),
            errors: None,
            wrong: None,
            current: Field::current_password("current_password", "Current password"),
            new: new_password("new_password", "New password"),
            second_factor: said_of_second_factor(codes_left(signed).await?),
            has_others: sessions.len() > 1,
            sessions: table(&sessions, signed),
        })
    }
}

const fn said_of_second_factor(codes_left: Option<usize>) -> &'static str {
    match codes_left {
        None => "Off: your password alone signs you in.",
        Some(0) => "On, and no recovery code is left: make new ones.",
        Some(_) => "On: a sign-in needs a code as well as your password.",
    }
}

/// Where each session works is said to those who could work in several places.
fn columns(names_workspaces: bool) -> Vec<Column> {
    let workspace = names_workspaces.then(|| Column::new("Workspace"));
    let named = ["Browser", "Address", "Signed in", "Last seen"].map(Column::new);
    named.into_iter().chain(workspace).chain([Column::actions()]).collect()
}

fn table(sessions: &[OperatorSession], signed: &Signed) -> Table {
    let rows = sessions.iter().map(|session| row(session, signed)).collect();
    Table { caption: "Sessions".to_owned(), columns: columns(signed.memberships.len() > 1), rows }
}

fn row(session: &OperatorSession, signed: &Signed) -> Row {
    let zone = &signed.workspace.time_zone;
    let is_own = session.id == signed.who.session.id;
    let browser = browser::name(session.client.user_agent.as_str());
    let begun = moment(session.created_at, zone);
    let last = if is_own {
        Cell::Badges(vec![Badge { tone: Tone::Good, text: "This browser".to_owned() }])
    } else {
        Cell::Moment(moment(session.last_seen_at, zone))
    };
    let end = Action {
        is_question: true,
        label: "End session".to_owned(),
        href: format!("{PATH}/sessions/{}/end", session.id),
        is_danger: false,
        accessible_label: format!("End session: {browser}, {}", begun.shown),
    };
    let at = signed.memberships.iter().find(|membership| membership.workspace_id == session.workspace_id);
    let name = at.map(|membership| membership.name.to_string()).unwrap_or_default();
    let workspace = (signed.memberships.len() > 1).then_some(Cell::Text(name));
    let cells = vec![Cell::Strong(browser), Cell::Code(session.client.address.to_string()), Cell::Moment(begun), last];
    let cells = cells.into_iter().chain(workspace).chain([Cell::Actions(vec![end])]).collect();
    Row { is_dimmed: false, id: session.id.to_string(), cells }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for AccountPage {
        const TEMPLATE: &'static str = "admin/account.html";

        fn samples() -> Vec<Self> {
            let page = |wrong, has_others| Self {
                shell: shell_sample("Your account"),
                token: "token".to_owned(),
                zone: "Asia/Dhaka".to_owned(),
                errors: None,
                wrong,
                current: Field::current_password("current_password", "Current password"),
                new: new_password("new_password", "New password"),
                second_factor: said_of_second_factor(None),
                sessions: Table { caption: "Sessions".to_owned(), columns: columns(false), rows: Vec::new() },
                has_others,
            };
            let wait = std::time::Duration::from_secs(30);
            vec![page(None, false), page(Some(explain(&SignInError::Throttled { wait })), true)]
        }
    }
}
