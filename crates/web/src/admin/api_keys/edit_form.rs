//! The form that changes what people may change of a key.

use devhub_domain::api_keys::{ApiKey, Environment, KeyChanges, Label, Owner};

use super::generate::{read_allow_list, read_owner};
use super::page::{allow_list, environment, owner};
use crate::admin::components::{ErrorSummary, Field, Select};
use crate::admin::fields::Fields;
use crate::admin::form_errors::{Refusable, Wrong, refuse};
use crate::admin::sentence::sentence;

/// What can be changed.
pub(super) struct EditForm {
    pub(super) action: String,
    pub(super) token: String,
    pub(super) revision: String,
    pub(super) errors: Option<ErrorSummary>,
    pub(super) label: Field,
    pub(super) owner: Field,
    pub(super) environment: Select,
    pub(super) allow_list: Field,
}

/// The form as it was sent.
pub(super) struct Typed<'f>(pub(super) &'f Fields);

impl Typed<'_> {
    /// What is wanted, or what is wrong with it.
    pub(super) fn check(&self) -> Result<KeyChanges, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let label = Label::new(self.0.text("label"));
        let label = label.map_err(|error| wrong.push(("label", sentence(&error.to_string()))));
        let environment = Environment::new(self.0.text("environment"));
        let environment = environment.map_err(|error| wrong.push(("environment", sentence(&error.to_string()))));
        let owner = read_owner(self.0.text("owner")).map_err(|error| wrong.push(error));
        let allow_list = read_allow_list(self.0.text("allow_list")).map_err(|error| wrong.push(error));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(KeyChanges {
            label: label.ok(),
            environment: environment.ok(),
            owner: owner.ok(),
            allow_list: allow_list.ok(),
            // A form without it is nothing of ours, and overwrites nothing.
            expected_revision: Some(self.0.text("revision").parse().unwrap_or_default()),
            ..KeyChanges::default()
        })
    }
}

impl EditForm {
    /// The form with what the key is now.
    pub(super) fn new(token: String, action: String, key: &ApiKey) -> Self {
        let networks = key.allow_list.iter().map(ToString::to_string).collect::<Vec<_>>();
        Self {
            action,
            token,
            revision: key.revision.to_string(),
            errors: None,
            label: Field {
                name: "label",
                label: "Key Label".to_owned(),
                value: key.label.to_string(),
                is_required: true,
                max_length: Some(100),
                ..Field::default()
            },
            owner: owner(key.owner.as_ref().map_or("", Owner::as_str)),
            environment: environment(key.environment.as_str()),
            allow_list: allow_list(networks.join(", ")),
        }
    }

    /// The form as it was sent, with what is wrong at its fields.
    pub(super) fn refuse(&mut self, title: &mut String, typed: &Typed<'_>, wrong: Vec<Wrong>) {
        typed.0.text("label").clone_into(&mut self.label.value);
        typed.0.text("owner").clone_into(&mut self.owner.value);
        typed.0.text("allow_list").clone_into(&mut self.allow_list.value);
        self.environment = environment(typed.0.text("environment"));
        let Self { label, owner, environment, allow_list, .. } = self;
        let parts: &mut [&mut dyn Refusable] = &mut [label, owner, environment, allow_list];
        self.errors = Some(refuse(title, parts, "The key was not saved", wrong));
    }
}
