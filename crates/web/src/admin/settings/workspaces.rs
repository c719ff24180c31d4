//! The workspaces that an operator works in, and a new one.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::id::WorkspaceId;
use devhub_domain::operators::Membership;
use devhub_domain::workspaces::{NewWorkspace, TimeZone, WorkspaceError, WorkspaceName};

use super::operator_changes::refuse as refuse_change;
use super::paths::{WORKSPACES, is_stepped_up};
use super::tabs::{SettingsTab, tabs};
use crate::admin::components::{
    Action, Badge, Cell, Column, Confirm, ErrorSummary, Field, Row, Select, SelectOption, Shell, Table, Tabs, Tone,
};
use crate::admin::confirm::ConfirmPage;
use crate::admin::cookies::Name;
use crate::admin::fields::Fields;
use crate::admin::form_errors::{self, Refusable, Wrong};
use crate::admin::menu::Place;
use crate::admin::moments::moment;
use crate::admin::next::confirm_password_then;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::request::path_value;
use crate::writes;

/// The page.
#[derive(Template)]
#[template(path = "admin/settings/workspaces.html")]
pub(in crate::admin) struct WorkspacesPage {
    shell: Shell,
    tabs: Tabs,
    zone: String,
    table: Table,
    form: Option<Form>,
}

/// What whoever may make a workspace sees.
struct Form {
    token: String,
    errors: Option<ErrorSummary>,
    name: Field,
    time_zone: Select,
}

/// Shows the list.
pub(super) async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    let page = WorkspacesPage::of(&signed);
    signed.visit.page(StatusCode::OK, &page)
}

/// Asks whether the operator shall work there no more; for the password first where that was given too long ago.
pub(super) async fn ask_leave(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let membership = membership_of(&req, &signed)?;
    let path = leave_path(membership.workspace_id);
    if !is_stepped_up(&signed) {
        return Ok(signed.visit.see_other(&confirm_password_then(&path)));
    }
    let is_here = membership.workspace_id == signed.workspace_id();
    let confirm = Confirm {
        title: "Leave workspace?".to_owned(),
        lines: vec![
            format!("{} ({}).", membership.name, membership.role.as_str()),
            if is_here { LEAVES_HERE.to_owned() } else { LEAVES.to_owned() },
        ],
        action: path,
        token: signed.form_token(),
        button: "Leave".to_owned(),
        is_danger: true,
        cancel: WORKSPACES.to_owned(),
    };
    Ok(ConfirmPage::answer(signed, Place::Settings, confirm)?)
}

const LEAVES: &str = "Your sessions there end, and somebody there has to add you before you work in it again.";
const LEAVES_HERE: &str =
    "You sign in again then, elsewhere. Somebody here has to add you before you work in it again.";

/// Has the operator work there no more.
pub(super) async fn leave(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let signed = form.signed;
    let workspace_id = membership_of(&req, &signed)?.workspace_id;
    let operators = &signed.visit.services.pages.operators;
    match writes::run(operators.leave(signed.asker(), signed.operator_id(), workspace_id)).await {
        Ok(()) if workspace_id == signed.workspace_id() => {
            let mut visit = signed.visit;
            visit.remove(Name::Session);
            Ok(visit.see_other_with("/admin/sign-in", Notice::WorkspaceLeft))
        }
        Ok(()) => Ok(signed.visit.see_other_with(WORKSPACES, Notice::WorkspaceLeft)),
        Err(error) => refuse_change(signed, &leave_path(workspace_id), error),
    }
}

/// The workspace that an address names, if the operator works there.
fn membership_of<'s>(req: &HttpRequest, signed: &'s Signed) -> Result<&'s Membership, Problem> {
    let id: Option<WorkspaceId> = path_value(req, "id");
    let found = signed.memberships.iter().find(|membership| Some(membership.workspace_id) == id);
    found.ok_or_else(|| Problem::no_such("workspace_not_found", "workspace"))
}

fn leave_path(id: WorkspaceId) -> String {
    format!("{WORKSPACES}/{id}/leave")
}

/// Makes a workspace.
pub(super) async fn create(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    if !signed.is_owner_of_hub() {
        return Err(WorkspaceError::NotOwner.into());
    }
    let (name, time_zone) = (WorkspaceName::new(fields.text("name")), TimeZone::new(fields.text("time_zone")));
    let (Ok(name), Ok(time_zone)) = (&name, &time_zone) else {
        let wrong = [
            ("name", name.err().map(|error| error.to_string())),
            ("time_zone", time_zone.err().map(|error| error.to_string())),
        ];
        let wrong = wrong.into_iter().filter_map(|(field, error)| Some((field, sentence(&error?))));
        return refuse(signed, &fields, wrong.collect());
    };
    let services = &signed.visit.services;
    let new = NewWorkspace { name: name.clone(), time_zone: time_zone.clone() };
    let first_id = services.pages.workspace_id();
    match writes::run(services.workspaces.create(signed.asker(), first_id, new, &*services.entropy)).await {
        Ok(_) => Ok(signed.visit.see_other_with(WORKSPACES, Notice::WorkspaceCreated)),
        Err(error @ (WorkspaceError::NameTaken | WorkspaceError::TooMany)) => {
            refuse(signed, &fields, vec![("name", sentence(&error.to_string()))])
        }
        Err(error) => Err(error.into()),
    }
}

fn refuse(signed: Signed, fields: &Fields, wrong: Vec<Wrong>) -> Result<HttpResponse, Problem> {
    let mut page = WorkspacesPage::of(&signed);
    if let Some(form) = &mut page.form {
        fields.text("name").clone_into(&mut form.name.value);
        let (options, wanted) = (&mut form.time_zone.options, fields.text("time_zone"));
        // Else the selection stays: none would be read as the first of the list.
        if options.iter().any(|option| option.value == wanted) {
            for option in options.iter_mut() {
                option.is_selected = option.value == wanted;
            }
        }
        let parts: &mut [&mut dyn Refusable] = &mut [&mut form.name, &mut form.time_zone];
        form.errors = Some(form_errors::refuse(&mut page.shell.title, parts, "The workspace was not made", wrong));
    }
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

impl WorkspacesPage {
    fn of(signed: &Signed) -> Self {
        let zone = &signed.workspace.time_zone;
        Self {
            shell: signed.shell("Workspaces", Place::Settings),
            tabs: tabs(SettingsTab::Workspaces),
            zone: zone.to_string(),
            table: table(&signed.memberships, signed.workspace_id(), zone),
            form: signed.is_owner_of_hub().then(|| Form::new(signed.form_token(), zone.as_str())),
        }
    }
}

impl Form {
    fn new(token: String, time_zone: &str) -> Self {
        let option = |name: String| SelectOption { is_selected: name == time_zone, label: name.clone(), value: name };
        Self {
            token,
            errors: None,
            name: Field {
                name: "name",
                label: "Name".to_owned(),
                help: Some("What people read on top of every page; it can be changed.".to_owned()),
                is_required: true,
                max_length: Some(100),
                ..Field::default()
            },
            time_zone: Select {
                name: "time_zone",
                label: "Time zone".to_owned(),
                options: TimeZone::names().into_iter().map(option).collect(),
                help: None,
                error: None,
            },
        }
    }
}

fn table(memberships: &[Membership], current: WorkspaceId, zone: &TimeZone) -> Table {
    let badge = |tone, text: &str| Badge { tone, text: text.to_owned() };
    let has_others = memberships.len() > 1;
    let rows = memberships.iter().map(|membership| {
        let here = (membership.workspace_id == current).then(|| badge(Tone::Good, "You are here"));
        let role = badge(Tone::Neutral, membership.role.as_str());
        let mut cells = vec![
            Cell::Strong(membership.name.to_string()),
            Cell::Badges([role].into_iter().chain(here).collect()),
            Cell::Moment(moment(membership.since, zone)),
        ];
        if has_others {
            cells.push(Cell::Actions(vec![Action {
                label: "Leave".to_owned(),
                href: leave_path(membership.workspace_id),
                is_question: true,
                is_danger: true,
                accessible_label: format!("Leave {}", membership.name),
            }]));
        }
        Row { is_dimmed: false, id: membership.workspace_id.to_string(), cells }
    });
    let columns = ["Workspace", "Your role", "Since"].map(Column::new).into_iter();
    Table {
        caption: "Workspaces that you work in".to_owned(),
        columns: columns.chain(has_others.then(Column::actions)).collect(),
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod samples {
    use devhub_domain::operators::Role;
    use devhub_domain::time::Timestamp;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for WorkspacesPage {
        const TEMPLATE: &'static str = "admin/settings/workspaces.html";

        fn samples() -> Vec<Self> {
            let membership = |id: u8, name: &str, role| Membership {
                workspace_id: WorkspaceId::from_bytes([id; 16]),
                name: WorkspaceName::new(name).unwrap(),
                role,
                since: Timestamp::from_seconds(1_795_514_400),
            };
            let memberships = [membership(1, "Corner Shop", Role::Owner), membership(2, "<b>Market</b>", Role::Viewer)];
            let page = |form| Self {
                shell: shell_sample("Workspaces"),
                tabs: tabs(SettingsTab::Workspaces),
                zone: "UTC".to_owned(),
                table: table(&memberships, memberships[0].workspace_id, &TimeZone::utc()),
                form,
            };
            let mut form = Form::new("token".to_owned(), "Asia/Dhaka");
            // Hundreds of names would say no more.
            form.time_zone.options.truncate(2);
            vec![page(None), page(Some(form))]
        }
    }
}
