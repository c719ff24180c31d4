//! The workspaces that an operator works in, and a new one.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::id::WorkspaceId;
use devhub_domain::operators::Membership;
use devhub_domain::workspaces::{NewWorkspace, TimeZone, WorkspaceError};

use super::operator_changes::refuse as refuse_change;
use super::paths::{WORKSPACES, is_stepped_up};
use super::tabs::{SettingsTab, tabs};
use crate::admin::components::{Action, Badge, Cell, Column, Confirm, Row, Shell, Table, Tabs, Tone};
use crate::admin::confirm::ConfirmPage;
use crate::admin::cookies::Name;
use crate::admin::fields::Fields;
use crate::admin::form_errors::Wrong;
use crate::admin::menu::Place;
use crate::admin::moments::moment;
use crate::admin::next::confirm_password_then;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::admin::workspace_form::{self, Aim, WorkspaceForm};
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
    /// `None` for whoever may not make one.
    form: Option<WorkspaceForm>,
}

/// The form of a new one.
const CREATE: Aim = Aim {
    action: WORKSPACES,
    button: "Create workspace",
    help: Some("It begins empty, and you are its owner. Others are added to it under Operators there."),
    refused: "The workspace was not made",
};

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
    let (name, time_zone) = match workspace_form::typed(&fields) {
        Ok(typed) => typed,
        Err(wrong) => return refuse(signed, &fields, wrong),
    };
    let services = &signed.visit.services;
    let new = NewWorkspace { name, time_zone, owner: None };
    let first_id = services.pages.workspace_id();
    match writes::run(services.workspaces.create(signed.asker(), first_id, new, &*services.entropy)).await {
        Ok(_) => Ok(signed.visit.see_other_with(WORKSPACES, Notice::WorkspaceCreated)),
        Err(error) => refuse(signed, &fields, workspace_form::wrong_by(error)?),
    }
}

fn refuse(signed: Signed, fields: &Fields, wrong: Vec<Wrong>) -> Result<HttpResponse, Problem> {
    let mut page = WorkspacesPage::of(&signed);
    if let Some(form) = &mut page.form {
        form.refuse(&mut page.shell.title, fields, wrong);
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
            form: signed.is_owner_of_hub().then(|| WorkspaceForm::new(&CREATE, signed.form_token(), "", zone.as_str())),
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
    use devhub_domain::workspaces::WorkspaceName;

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
            vec![page(None), page(Some(WorkspaceForm::sample(&CREATE, "")))]
        }
    }
}
