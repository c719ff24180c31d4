//! The forms of operators: a new one, and another role.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::idempotency::{Fingerprint, OnceError, Outcome};
use devhub_domain::operators::{EmailAddress, NewOperator, Operator, OperatorError, Role};

use super::operator_changes::refuse;
use super::operator_password;
use super::paths::{OPERATORS, is_stepped_up, operator_of, operator_path};
use super::second_factors;
use super::tabs::{SettingsTab, tabs};
use crate::admin::components::{Choice, Choices, ErrorSummary, Field, FieldKind, Select, Shell, Tabs, Tone};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{self, Refusable, Wrong};
use crate::admin::form_id;
use crate::admin::menu::Place;
use crate::admin::next::confirm_password_then;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

const NEW: &str = "/admin/settings/operators/new";

/// The page.
#[derive(Template)]
#[template(path = "admin/settings/operator_form.html")]
pub(in crate::admin) struct OperatorFormPage {
    shell: Shell,
    tabs: Tabs,
    title: &'static str,
    errors: Option<ErrorSummary>,
    action: String,
    token: String,
    /// Names a form that adds somebody, so that it does so once.
    form_id: Option<String>,
    /// Whose role it is, and how it stands with its second factor; `None` for a new operator.
    about: Option<(String, &'static str)>,
    email: Option<Field>,
    role: Select,
    /// The question whether somebody shall work here too whose password was set elsewhere.
    known: Option<Choices>,
    note: &'static str,
    button: &'static str,
    cancel: &'static str,
}

/// Shows an empty form; asks for the password first where that was given too long ago.
pub(super) async fn show_new(signed: Signed) -> Result<HttpResponse, Problem> {
    if !signed.who.operator.role.manages(Role::Viewer) {
        return Err(Problem::role_too_low());
    }
    if !is_stepped_up(&signed) {
        return Ok(signed.visit.see_other(&confirm_password_then(NEW)));
    }
    let page = OperatorFormPage::adding(&signed, "", Role::Viewer.as_str());
    signed.visit.page(StatusCode::OK, &page)
}

/// Adds an operator, and shows its first password: once for each form, however often it is sent.
pub(super) async fn add(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    if !signed.who.operator.role.manages(Role::Viewer) {
        return Err(Problem::role_too_low());
    }
    if !is_stepped_up(&signed) {
        return Ok(signed.visit.see_other(&confirm_password_then(NEW)));
    }
    let key = form_id::FormKey::of(&signed, fields.text("form_id"))?;
    let (email, role) = (EmailAddress::new(fields.text("email")), fields.text("role").parse::<Role>());
    let (Ok(email), Ok(role)) = (&email, &role) else {
        let wrong = [
            ("email", email.err().map(|error| error.to_string())),
            ("role", role.err().map(|error| error.to_string())),
        ];
        let wrong = wrong.into_iter().filter_map(|(field, error)| Some((field, sentence(&error?))));
        return refuse_new(signed, &fields, wrong.collect());
    };
    if works_elsewhere(&signed, email).await? {
        return admit(signed, &fields, email.clone(), *role).await;
    }
    let (password, hash) = operator_password::draw(&signed, email).await?;
    let new = NewOperator { email: email.clone(), role: *role, password: Some(hash) };
    let asked = format!("{}\0{}", email.as_str(), role.as_str());
    let fingerprint = Fingerprint::of("POST /admin/settings/operators/new", asked.as_bytes());
    let services = &signed.visit.services;
    let add = services.pages.operators.add(signed.asker(), signed.workspace_id(), new);
    let once = services.idempotency.once(key.asks(fingerprint), add, form_id::remembered);
    match writes::run(once).await {
        Ok(Outcome::Done(operator)) => operator_password::show(signed, "Operator added", &operator.email, &password),
        Ok(Outcome::Replayed(_)) => Ok(operator_password::shown_before(signed)),
        Err(OnceError::KeyReused) => refuse_new(signed, &fields, vec![("email", USED.to_owned())]),
        Err(OnceError::Change(error @ OperatorError::EmailTaken)) => {
            refuse_new(signed, &fields, vec![("email", sentence(&error.to_string()))])
        }
        Err(OnceError::Change(error @ OperatorError::RoleTooLow { .. })) => {
            refuse_new(signed, &fields, vec![("role", sentence(&error.to_string()))])
        }
        Err(OnceError::Change(error)) => refuse(signed, NEW, error),
    }
}

const USED: &str = "This form has added an operator already. Look at what you have changed, then send it again.";

/// Whether somebody has this address who does not work here yet.
async fn works_elsewhere(signed: &Signed, email: &EmailAddress) -> Result<bool, Problem> {
    let (operators, workspace_id) = (signed.visit.services.pages.operators.clone(), signed.workspace_id());
    let email = email.clone();
    blocking::run(move || {
        let is_here = operators.find_by_email(workspace_id, &email)?.is_some();
        Ok::<_, Problem>(!is_here && operators.find_at_home(&email)?.is_some())
    })
    .await
}

/// Has somebody of the hub work here too, who keeps its password.
///
/// *Threat:* somebody adds the address of another person elsewhere, keeps the first password, and waits until that address is added here.
/// *Defence:* whoever adds it says of this very address that it is meant. *Not defended:* who ticks without asking the person.
async fn admit(signed: Signed, fields: &Fields, email: EmailAddress, role: Role) -> Result<HttpResponse, Problem> {
    if fields.text(KNOWN) != email.as_str() {
        return ask_known(signed, fields, &email);
    }
    let operators = &signed.visit.services.pages.operators;
    match writes::run(operators.admit(signed.asker(), signed.workspace_id(), email, role)).await {
        Ok(_) => Ok(signed.visit.see_other_with(OPERATORS, Notice::OperatorAdmitted)),
        Err(error @ OperatorError::EmailTaken) => {
            refuse_new(signed, fields, vec![("email", sentence(&error.to_string()))])
        }
        Err(error @ OperatorError::RoleTooLow { .. }) => {
            refuse_new(signed, fields, vec![("role", sentence(&error.to_string()))])
        }
        Err(error) => refuse(signed, NEW, error),
    }
}

/// Asks whether this address is meant, though nobody here has set its password.
fn ask_known(signed: Signed, fields: &Fields, email: &EmailAddress) -> Result<HttpResponse, Problem> {
    let mut page = OperatorFormPage::adding(&signed, fields.text("email"), fields.text("role"));
    let mut known = known(email);
    let wrong = vec![(KNOWN, "Somebody has this address in another workspace: tick that it is meant.".to_owned())];
    let (title, parts): (_, &mut [&mut dyn Refusable]) = (&mut page.shell.title, &mut [&mut known]);
    page.errors = Some(form_errors::refuse(title, parts, "The operator was not added yet", wrong));
    page.known = Some(known);
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// What the answer to that question is sent as: with the address that it is about, so that it counts for no other.
const KNOWN: &str = "known";

fn known(email: &EmailAddress) -> Choices {
    let meant = Choice {
        value: email.as_str().to_owned(),
        label: format!("{} is to work here with the password that it has", email.as_str()),
        help: Some("Ask the person first: whoever has set that password can work here too.".to_owned()),
        tone: Tone::Warn,
        is_checked: false,
    };
    Choices {
        name: KNOWN,
        legend: "Works in another workspace".to_owned(),
        options: vec![meant],
        help: Some("Its password was set there, and not by anybody here.".to_owned()),
        error: None,
    }
}

fn refuse_new(signed: Signed, fields: &Fields, wrong: Vec<Wrong>) -> Result<HttpResponse, Problem> {
    let mut page = OperatorFormPage::adding(&signed, fields.text("email"), fields.text("role"));
    let mut parts: Vec<&mut dyn Refusable> = vec![&mut page.role];
    parts.extend(page.email.as_mut().map(|field| -> &mut dyn Refusable { field }));
    page.errors = Some(form_errors::refuse(&mut page.shell.title, &mut parts, "The operator was not added", wrong));
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Shows which role an operator has; asks for the password first where that was given too long ago.
pub(super) async fn show_role(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let operator = operator_of(&req, &signed).await?;
    if !signed.who.operator.role.manages(operator.role) {
        return Err(Problem::role_too_low().into());
    }
    if !is_stepped_up(&signed) {
        return Ok(signed.visit.see_other(&confirm_password_then(&operator_path(operator.id, "role"))));
    }
    let page = OperatorFormPage::changing(&signed, &operator, operator.role.as_str()).await?;
    Ok(signed.visit.page(StatusCode::OK, &page)?)
}

/// Gives an operator another role.
pub(super) async fn change_role(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let operator = operator_of(&req, &signed).await?;
    if !signed.who.operator.role.manages(operator.role) {
        return Err(Problem::role_too_low());
    }
    let role = match fields.text("role").parse::<Role>() {
        Ok(role) => role,
        Err(error) => return refuse_role(signed, &operator, &fields, &error.to_string()).await,
    };
    let operators = &signed.visit.services.pages.operators;
    match writes::run(operators.change_role(signed.asker(), signed.workspace_id(), operator.id, role)).await {
        Ok(_) => Ok(signed.visit.see_other_with(OPERATORS, Notice::OperatorRoleChanged)),
        Err(error @ OperatorError::LastOwner) => refuse_role(signed, &operator, &fields, &error.to_string()).await,
        Err(error) => refuse(signed, &operator_path(operator.id, "role"), error),
    }
}

async fn refuse_role(
    signed: Signed,
    operator: &Operator,
    fields: &Fields,
    error: &str,
) -> Result<HttpResponse, Problem> {
    let mut page = OperatorFormPage::changing(&signed, operator, fields.text("role")).await?;
    let (title, parts): (_, &mut [&mut dyn Refusable]) = (&mut page.shell.title, &mut [&mut page.role]);
    let wrong = vec![("role", sentence(error))];
    page.errors = Some(form_errors::refuse(title, parts, "The role was not changed", wrong));
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

impl OperatorFormPage {
    fn adding(signed: &Signed, email: &str, role: &str) -> Self {
        let (shell, token) = (signed.shell("Add operator", Place::Settings), signed.form_token());
        let services = &signed.visit.services;
        let form_id = Some(form_id::generate(services.clock.now(), &*services.entropy));
        Self { form_id, ..Self::drawn_new(shell, token, roles(signed.who.operator.role, role), email) }
    }

    fn drawn_new(shell: Shell, token: String, role: Select, email: &str) -> Self {
        let email = Field {
            name: "email",
            label: "Email".to_owned(),
            kind: FieldKind::Email,
            value: email.to_owned(),
            help: Some("The person signs in with it.".to_owned()),
            is_required: true,
            max_length: Some(254),
            ..Field::default()
        };
        Self {
            shell,
            tabs: tabs(SettingsTab::Operators),
            title: "Add operator",
            errors: None,
            action: NEW.to_owned(),
            token,
            form_id: None,
            about: None,
            email: Some(email),
            role,
            known: None,
            note: "The next page shows a first password, once: hand it over, and have it changed under Your account. Who \
                   works in another workspace of this hub keeps the password that it has.",
            button: "Add operator",
            cancel: OPERATORS,
        }
    }

    async fn changing(signed: &Signed, operator: &Operator, role: &str) -> Result<Self, Problem> {
        let second_factor = second_factors::sentence(second_factors::state_of(signed, operator.id).await?);
        Ok(Self {
            title: "Change role",
            action: operator_path(operator.id, "role"),
            about: Some((operator.email.as_str().to_owned(), second_factor)),
            email: None,
            note: "Another role ends the sessions of this operator here: the person signs in again.",
            button: "Change role",
            ..Self::drawn_new(
                signed.shell("Change role", Place::Settings),
                signed.form_token(),
                roles(signed.who.operator.role, role),
                "",
            )
        })
    }
}

/// The roles that one of this role may give.
fn roles(own: Role, selected: &str) -> Select {
    let told = |role| match role {
        Role::Owner => "Owner: everything, including other owners",
        Role::Admin => "Admin: limits, settings, and operators who are no owners",
        Role::Developer => "Developer: keys, endpoints, event types and deliveries",
        Role::Viewer => "Viewer: looks and changes nothing",
    };
    let given = Role::ALL.into_iter().filter(|role| own.manages(*role));
    let options: Vec<_> = given.map(|role| (role.as_str(), told(role))).collect();
    Select::new("role", "Role", &options, selected)
}

#[cfg(test)]
mod samples {
    use devhub_domain::operators::SecondFactorState;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for OperatorFormPage {
        const TEMPLATE: &'static str = "admin/settings/operator_form.html";

        fn samples() -> Vec<Self> {
            let page = |role: Role| {
                let shell = shell_sample("Add operator");
                Self::drawn_new(shell, "token".to_owned(), roles(role, "viewer"), "<b>@shop.example")
            };
            let second_factor = second_factors::sentence(SecondFactorState::Missing);
            let about = Some(("<b>@shop.example".to_owned(), second_factor));
            let form_id = Some("form-id".to_owned());
            vec![
                Self { form_id: form_id.clone(), ..page(Role::Owner) },
                Self {
                    form_id,
                    known: Some(known(&EmailAddress::new("<b>@shop.example").unwrap())),
                    ..page(Role::Owner)
                },
                Self { title: "Change role", about, email: None, ..page(Role::Admin) },
            ]
        }
    }
}
