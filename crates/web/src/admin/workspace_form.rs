//! The form of a workspace, of a new one and of one that there is: its name and its time zone.

use devhub_domain::workspaces::{TimeZone, WorkspaceError, WorkspaceName};

use super::components::{ErrorSummary, Field, Select, SelectOption};
use super::fields::Fields;
use super::form_errors::{self, Wrong};
use super::sentence::sentence;
use crate::problem_body::Problem;

/// What a form is for.
pub(super) struct Aim {
    /// Where it is sent.
    pub(super) action: &'static str,
    /// What its button says.
    pub(super) button: &'static str,
    /// What is said before the button.
    pub(super) help: Option<&'static str>,
    /// The title above its errors.
    pub(super) refused: &'static str,
}

/// The form, as `parts/workspace_form.html` draws it.
pub(super) struct WorkspaceForm {
    pub(super) aim: &'static Aim,
    pub(super) token: String,
    pub(super) errors: Option<ErrorSummary>,
    pub(super) name: Field,
    pub(super) time_zone: Select,
}

/// The name and the time zone that were typed, or what is wrong with them.
pub(super) fn typed(fields: &Fields) -> Result<(WorkspaceName, TimeZone), Vec<Wrong>> {
    match (WorkspaceName::new(fields.text("name")), TimeZone::new(fields.text("time_zone"))) {
        (Ok(name), Ok(time_zone)) => Ok((name, time_zone)),
        (name, time_zone) => {
            let wrong = [
                ("name", name.err().map(|error| error.to_string())),
                ("time_zone", time_zone.err().map(|error| error.to_string())),
            ];
            Err(wrong.into_iter().filter_map(|(field, error)| Some((field, sentence(&error?)))).collect())
        }
    }
}

/// What is to be mended in the form after this.
///
/// # Errors
/// Nothing in the form is wrong.
pub(super) fn wrong_by(error: WorkspaceError) -> Result<Vec<Wrong>, Problem> {
    match error {
        WorkspaceError::NameTaken | WorkspaceError::TooMany => Ok(vec![("name", sentence(&error.to_string()))]),
        error => Err(error.into()),
    }
}

impl WorkspaceForm {
    /// The form with this name and this time zone in it.
    pub(super) fn new(aim: &'static Aim, token: String, name: &str, time_zone: &str) -> Self {
        let option = |name: String| SelectOption { is_selected: name == time_zone, label: name.clone(), value: name };
        Self {
            aim,
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
            time_zone: Select {
                name: "time_zone",
                label: "Time zone".to_owned(),
                options: TimeZone::names().into_iter().map(option).collect(),
                help: Some("Every time on its pages is shown in it.".to_owned()),
                error: None,
            },
        }
    }

    /// Keeps what was typed, and says what is wrong with it; `title` is that of the page.
    pub(super) fn refuse(&mut self, title: &mut String, fields: &Fields, wrong: Vec<Wrong>) {
        fields.text("name").clone_into(&mut self.name.value);
        let (options, wanted) = (&mut self.time_zone.options, fields.text("time_zone"));
        // Else the selection stays: none would be read as the first of the list.
        if options.iter().any(|option| option.value == wanted) {
            for option in options.iter_mut() {
                option.is_selected = option.value == wanted;
            }
        }
        let summary = form_errors::refuse(title, &mut [&mut self.name, &mut self.time_zone], self.aim.refused, wrong);
        self.errors = Some(summary);
    }
}

#[cfg(test)]
mod samples {
    use super::*;

    impl WorkspaceForm {
        /// A form for samples of pages.
        pub(in crate::admin) fn sample(aim: &'static Aim, name: &str) -> Self {
            let mut form = Self::new(aim, "token".to_owned(), name, "Asia/Dhaka");
            // Hundreds of names would say no more.
            form.time_zone.options.truncate(2);
            form
        }
    }
}
