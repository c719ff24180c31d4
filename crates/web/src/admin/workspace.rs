//! The settings of the workspace: its name and its time zone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::operators::Role;
use devhub_domain::workspaces::{WorkspaceChanges, WorkspaceError};

use super::about::{Seen, about};
use super::components::{Facts, Shell, Tabs};
use super::fields::Fields;
use super::form_errors::Wrong;
use super::menu::Place;
use super::notice::Notice;
use super::settings::{SettingsTab, tabs};
use super::signed::{Signed, Submitted};
use super::workspace_form::{self, Aim, WorkspaceForm};
use crate::problem_body::Problem;
use crate::writes;

const PATH: &str = "/admin/workspace";

const SAVE: Aim = Aim { action: PATH, button: "Save", help: None, refused: "The workspace was not saved" };

/// The page.
#[derive(Template)]
#[template(path = "admin/workspace.html")]
pub(super) struct WorkspacePage {
    shell: Shell,
    tabs: Tabs,
    name: String,
    time_zone: String,
    /// `None` for whoever may not change the workspace.
    form: Option<WorkspaceForm>,
    about: Facts,
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
    let (name, time_zone) = match workspace_form::typed(&fields) {
        Ok(typed) => typed,
        Err(wrong) => return refuse(signed, &fields, wrong),
    };
    let changes = WorkspaceChanges { name: Some(name), time_zone: Some(time_zone) };
    let saved =
        writes::run(signed.visit.services.workspaces.update(signed.asker(), signed.workspace_id(), changes)).await;
    match saved {
        Ok(_) => Ok(signed.visit.see_other_with(PATH, Notice::WorkspaceSaved)),
        Err(error) => refuse(signed, &fields, workspace_form::wrong_by(error)?),
    }
}

fn refuse(signed: Signed, fields: &Fields, wrong: Vec<Wrong>) -> Result<HttpResponse, Problem> {
    let mut page = WorkspacePage::of(&signed);
    if let Some(form) = &mut page.form {
        form.refuse(&mut page.shell.title, fields, wrong);
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
            form: may_change.then(|| {
                WorkspaceForm::new(&SAVE, signed.form_token(), workspace.name.as_str(), workspace.time_zone.as_str())
            }),
            about: about(&services.pages, &seen),
        }
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
            vec![page(None), page(Some(WorkspaceForm::sample(&SAVE, "Corner Shop")))]
        }
    }
}
