//! The form that filters the log.

use devhub_domain::audit::{ACTIONS, Actor};
use devhub_domain::workspaces::{TimeZone, end_of_day};

use super::names::Names;
use super::query::AuditQuery;
use super::words;
use crate::admin::components::{Field, FieldKind, Select};
use crate::admin::form_errors::{Wrong, at_fields};

/// Where the log is filtered.
pub(super) struct FilterForm {
    pub(super) actor: Select,
    pub(super) action: Select,
    pub(super) subject: Field,
    pub(super) from: Field,
    pub(super) to: Field,
    /// Whether there is something to clear.
    pub(super) is_filtered: bool,
}

impl FilterForm {
    /// The form with what is in force.
    pub(super) fn new(query: &AuditQuery, names: &Names) -> Self {
        Self {
            actor: actor(&query.actor, names),
            action: action(&query.action),
            subject: Field {
                name: "subject",
                label: "Done to (id)".to_owned(),
                kind: FieldKind::Search,
                value: query.subject.clone(),
                placeholder: "key_…".to_owned(),
                max_length: Some(128),
                ..Field::default()
            },
            from: day("from", "From", &query.from),
            to: day("to", "To", &query.to),
            is_filtered: query.is_filtered(),
        }
    }

    /// Says what cannot be looked for, at its field.
    pub(super) fn refused(&mut self, wrong: &[Wrong]) {
        let Self { actor, action, subject, from, to, is_filtered: _ } = self;
        at_fields(&mut [actor, action, subject, from, to], wrong);
    }
}

fn day(name: &'static str, label: &str, typed: &str) -> Field {
    // Browsers show nothing else in such a field, and complain.
    let value = end_of_day(typed, &TimeZone::utc()).map_or("", |_| typed);
    Field { name, label: label.to_owned(), kind: FieldKind::Date, value: value.to_owned(), ..Field::default() }
}

fn actor(chosen: &str, names: &Names) -> Select {
    let operators = names.operators.iter().map(|(id, email)| (id.to_string(), email.clone()));
    let others = [Actor::CommandLine, Actor::System].map(|actor| (actor.to_string(), names.actor(actor)));
    let mut options: Vec<_> = operators.chain(others).collect();
    if !chosen.is_empty() && options.iter().all(|(id, _)| id != chosen) {
        let name = chosen.parse().map_or_else(|_not_one| chosen.to_owned(), |actor| names.actor(actor));
        options.insert(0, (chosen.to_owned(), name));
    }
    let options = options.iter().map(|(id, name)| (id.as_str(), name.as_str()));
    let options: Vec<_> = [("", "Everybody")].into_iter().chain(options).collect();
    Select::new("actor", "Who", &options, chosen)
}

fn action(chosen: &str) -> Select {
    let mut options: Vec<_> = ACTIONS.map(|action| (action, words::action(action))).into();
    if !chosen.is_empty() && !ACTIONS.contains(&chosen) {
        options.insert(0, (chosen, words::action(chosen)));
    }
    let options = options.iter().map(|(action, words)| (*action, words.as_str()));
    let options: Vec<_> = [("", "Everything")].into_iter().chain(options).collect();
    Select::new("action", "What", &options, chosen)
}
