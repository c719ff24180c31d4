//! Who has another quota than the rest.

use devhub_domain::id::RateOverrideId;
use devhub_domain::page::Page;
use devhub_domain::rate::{OverrideSubject, PolicyRef, RateOverride, RatePolicy};
use devhub_domain::workspaces::TimeZone;

use super::page::Query;
use super::paths::override_path;
use super::words;
use crate::admin::components::{Action, Cell, Column, Pagination, Row, Table};
use crate::admin::key_names::KeyNames;
use crate::admin::moments::moment;

/// What names are found in, and who looks.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) names: &'a KeyNames,
    pub(super) policies: &'a [RatePolicy],
    pub(super) zone: &'a TimeZone,
    pub(super) may_write: bool,
}

impl Context<'_> {
    /// What a policy is called.
    pub(super) fn policy(&self, policy: PolicyRef) -> String {
        let PolicyRef::Of(id) = policy else { return "Default".to_owned() };
        let found = self.policies.iter().find(|policy| policy.id == id);
        found.map_or_else(|| id.to_string(), |policy| policy.rule.name.to_string())
    }

    /// Whom an override is for.
    pub(super) fn subject(&self, subject: OverrideSubject) -> String {
        match subject {
            OverrideSubject::Key(id) => self.names.of(id),
            OverrideSubject::Workspace(_) => "The whole workspace".to_owned(),
        }
    }
}

/// Overrides, newest first.
pub(super) fn table(overrides: &[RateOverride], context: Context<'_>) -> Table {
    let mut columns: Vec<_> = ["For", "Instead of", "Limit", "Changed"].map(Column::new).into();
    if context.may_write {
        columns.push(Column::actions());
    }
    let rows = overrides.iter().map(|made| row(made, context)).collect();
    Table { caption: "Overrides, newest first".to_owned(), columns, rows }
}

fn row(made: &RateOverride, context: Context<'_>) -> Row {
    let name = context.subject(made.subject);
    let heading = if context.may_write {
        Cell::Linked { href: override_path(made.id), first: name.clone(), second: String::new() }
    } else {
        Cell::Strong(name.clone())
    };
    let policy = context.policy(made.policy);
    let mut cells = vec![
        heading,
        Cell::Text(policy.clone()),
        Cell::Text(words::quota(&made.quota)),
        Cell::Moment(moment(made.updated_at, context.zone)),
    ];
    if context.may_write {
        cells.push(Cell::Actions(vec![Action {
            label: "Delete".to_owned(),
            href: format!("{}/delete", override_path(made.id)),
            is_question: true,
            is_danger: true,
            accessible_label: format!("Delete the override of {policy} for {name}"),
        }]));
    }
    Row { is_dimmed: false, id: made.id.to_string(), cells }
}

/// The way through them.
pub(super) fn pagination(query: Query, found: &Page<RateOverride, RateOverrideId>) -> Pagination {
    let shown = found.items.len();
    let noun = if shown == 1 { "override" } else { "overrides" };
    Pagination {
        label: "Pages of overrides".to_owned(),
        newest: query.overrides_after.map(|_| format!("{}#overrides-title", query.path())),
        older: found.next.map(|next| format!("{}&overrides={next}#overrides-title", query.path())),
        summary: format!("{shown} {noun} on this page, newest first."),
    }
}
