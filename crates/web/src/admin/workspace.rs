//! The settings of the workspace: its name and its time zone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::operators::Role;
use devhub_domain::workspaces::{TimeZone, WorkspaceChanges, WorkspaceError, WorkspaceName};

use super::about::{Seen, about};
use super::components::{ErrorSummary, Facts, Field, Select, SelectOption, Shell, Tabs};
use super::fields::Fields;
use super::form_errors::{self, Refusable, Wrong};
use super::menu::Place;
use super::notice::Notice;
use super::sentence::sentence;
use super::settings::{SettingsTab, tabs};
use super::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::writes;

const PATH: &str = "/admin/workspace";

/// The page.
#[derive(Template)]
#[template(path = "admin/workspace.html")]
pub(super) struct WorkspacePage {
    shell: Shell,
    tabs: Tabs,
    name: String,
    time_zone: String,
    form: Option<Form>,
    about: Facts,
}

/// What whoever may change the workspace sees.
struct Form {
    token: String,
    errors: Option<ErrorSummary>,
    name: Field,
    time_zone: Select,
}

/// Shows the settings.
pub(super) async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    let page = WorkspacePage::of(&signed);
    signed.visit.page(StatusCode::OK, &page)
}

/// Changes them.
pub(super) async fn save(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    if !signed.who.operator.role.manages(Role::Admin) {
        return Err(WorkspaceError::RoleTooLow.into());
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
    let changes = WorkspaceChanges { name: Some(name.clone()), time_zone: Some(time_zone.clone()) };
    let saved =
        writes::run(signed.visit.services.workspaces.update(signed.asker(), signed.workspace_id(), changes)).await;
    match saved {
        Ok(_) => Ok(signed.visit.see_other_with(PATH, Notice::WorkspaceSaved)),
        Err(error @ WorkspaceError::NameTaken) => refuse(signed, &fields, vec![("name", sentence(&error.to_string()))]),
        Err(error) => Err(error.into()),
    }
}

fn refuse(signed: Signed, fields: &Fields, wrong: Vec<Wrong>) -> Result<HttpResponse, Problem> {
    let mut page = WorkspacePage::of(&signed);
    if let Some(form) = &mut page.form {
        fields.text("name").clone_into(&mut form.name.value);
        let parts: &mut [&mut dyn Refusable] = &mut [&mut form.name, &mut form.time_zone];
        let summary = "The workspace was not saved";
        form.errors = Some(form_errors::refuse(&mut page.shell.title, parts, summary, wrong));
    }
    signed.visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

impl WorkspacePage {
    fn of(signed: &Signed) -> Self {
        let workspace = &signed.workspace;
        let may_change = signed.who.operator.role.manages(Role::Admin);
        let services = &signed.visit.services;
        let seen = Seen {
            clock: &*services.clock,
            zone: &workspace.time_zone,
            sees_places: signed.manages_hub(),
            has_sandbox: services.sandbox.is_some(),
        };
        Self {
            shell: signed.shell("Settings", Place::Settings),
            tabs: tabs(SettingsTab::General),
            name: workspace.name.to_string(),
            time_zone: workspace.time_zone.to_string(),
            form: may_change
                .then(|| Form::new(signed.form_token(), workspace.name.as_str(), workspace.time_zone.as_str())),
            about: about(&services.pages, &seen),
        }
    }
}

impl Form {
    fn new(token: String, name: &str, time_zone: &str) -> Self {
        Self {
            token,
            errors: None,
            name: Field {
                name: "name",
                label: "Name".to_owned(),
                value: name.to_owned(),
                help: Some("What people read on top of every page.".to_owned()),
                is_required: true,
                max_length: Some(100),
                ..Field::default()
            },
            time_zone: zones(time_zone),
        }
    }
}

fn zones(current: &str) -> Select {
    let option = |name: String| SelectOption { is_selected: name == current, label: name.clone(), value: name };
    Select {
        name: "time_zone",
        label: "Time zone".to_owned(),
        options: TimeZone::names().into_iter().map(option).collect(),
        help: Some("Every time on these pages is shown in it.".to_owned()),
        error: None,
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Fact, Sample, shell_sample};

    impl Sample for WorkspacePage {
        const TEMPLATE: &'static str = "admin/workspace.html";

        fn samples() -> Vec<Self> {
            let page = |form| Self {
                shell: shell_sample("Settings"),
                tabs: tabs(SettingsTab::General),
                name: "Corner Shop".to_owned(),
                time_zone: "Asia/Dhaka".to_owned(),
                form,
                about: Facts {
                    items: vec![Fact::text("Version", "0.1.0"), Fact::text("Uptime", "3 days <b>4 hours</b>")],
                },
            };
            let mut form = Form::new("token".to_owned(), "Corner Shop", "Asia/Dhaka");
            // Hundreds of names would say no more.
            form.time_zone.options.truncate(2);
            vec![page(None), page(Some(form))]
        }
    }
}
