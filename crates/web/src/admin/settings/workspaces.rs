//! The workspaces that an operator works in, and a new one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::id::WorkspaceId;
use devhub_domain::operators::Membership;
use devhub_domain::workspaces::{NewWorkspace, TimeZone, WorkspaceError, WorkspaceName};

use super::paths::WORKSPACES;
use super::tabs::{SettingsTab, tabs};
use crate::admin::components::{
    Badge, Cell, Column, ErrorSummary, Field, Row, Select, SelectOption, Shell, Table, Tabs, Tone,
};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{self, Refusable, Wrong};
use crate::admin::menu::Place;
use crate::admin::moments::moment;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
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
    let rows = memberships.iter().map(|membership| {
        let here = (membership.workspace_id == current).then(|| badge(Tone::Good, "You are here"));
        let role = badge(Tone::Neutral, membership.role.as_str());
        let cells = vec![
            Cell::Strong(membership.name.to_string()),
            Cell::Badges([role].into_iter().chain(here).collect()),
            Cell::Moment(moment(membership.since, zone)),
        ];
        Row { is_dimmed: false, id: membership.workspace_id.to_string(), cells }
    });
    Table {
        caption: "Workspaces that you work in".to_owned(),
        columns: ["Workspace", "Your role", "Since"].map(Column::new).into(),
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
