//! Who administers the hub: a list, with what may be done with each.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::id::OperatorId;
use devhub_domain::operators::{Operator, OperatorSession, Role, SecondFactorState};
use devhub_domain::workspaces::TimeZone;

use super::operator_changes::Change;
use super::paths::{OPERATORS, operator_path};
use super::second_factors;
use super::tabs::{SettingsTab, tabs};
use crate::admin::components::{Action, Badge, Cell, Column, Row, Shell, Table, Tabs, Tone};
use crate::admin::menu::Place;
use crate::admin::moments::{cell, moment};
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// The page.
#[derive(Template)]
#[template(path = "admin/settings/operators.html")]
pub(in crate::admin) struct OperatorsPage {
    shell: Shell,
    tabs: Tabs,
    zone: String,
    /// Where one is added, for whom may.
    add: Option<String>,
    /// How many have no second factor yet, for whom may, where everybody is asked for one.
    second_factors: Option<String>,
    table: Table,
}

/// What else is known of the operators.
struct Known {
    /// Whose password may be reset.
    resettable: BTreeSet<OperatorId>,
    /// Who has a second factor.
    holders: BTreeSet<OperatorId>,
    /// Whether everybody is asked for one.
    is_required: bool,
}

impl Known {
    fn second_factor(&self, operator: &Operator) -> SecondFactorState {
        SecondFactorState::of(self.holders.contains(&operator.id), self.is_required)
    }
}

/// Shows the list.
pub(super) async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    let (pages, asker, workspace_id) = (signed.visit.services.pages.clone(), signed.asker(), signed.workspace_id());
    let may_manage = signed.who.operator.role.manages(Role::Viewer);
    let (all, known) = blocking::run(move || {
        let all = pages.sessions.list_all(workspace_id)?;
        let known = Known {
            resettable: if may_manage { pages.operators.resettable(asker, workspace_id)? } else { BTreeSet::new() },
            holders: pages.operators.second_factor_holders(workspace_id)?,
            is_required: pages.is_second_factor_required,
        };
        Ok::<_, Problem>((all, known))
    })
    .await?;
    let missing = all.iter().filter(|(operator, _)| known.second_factor(operator) == SecondFactorState::Missing);
    let page = OperatorsPage {
        shell: signed.shell("Operators", Place::Settings),
        tabs: tabs(SettingsTab::Operators),
        zone: signed.workspace.time_zone.to_string(),
        add: may_manage.then(|| format!("{OPERATORS}/new")),
        second_factors: (may_manage && known.is_required).then(|| second_factors::asked_of_everybody(missing.count())),
        table: table(&all, &known, &signed.who.operator, &signed.workspace.time_zone),
    };
    signed.visit.page(StatusCode::OK, &page)
}

/// When somebody was here, from how many browsers, and with which second factor, is shown to those who could end it.
fn table(all: &[(Operator, Vec<OperatorSession>)], known: &Known, own: &Operator, zone: &TimeZone) -> Table {
    let mut columns: Vec<_> = ["Email", "Role", "Since"].map(Column::new).into();
    let may_manage = own.role.manages(Role::Viewer);
    if may_manage {
        columns.extend(["Second factor", "Last seen", "Sessions"].map(Column::new));
        columns.push(Column::actions());
    }
    let rows = all.iter().map(|(operator, sessions)| {
        let mut cells = vec![
            Cell::Strong(operator.email.as_str().to_owned()),
            Cell::Badges(badges(operator, own)),
            Cell::Moment(moment(operator.created_at, zone)),
        ];
        if may_manage {
            let last_seen = sessions.iter().map(|session| session.last_seen_at).max();
            let second_factor = known.second_factor(operator);
            cells.extend([
                Cell::Badges(vec![second_factors::badge(second_factor)]),
                cell(last_seen, zone),
                Cell::Text(sessions.len().to_string()),
                Cell::Actions(actions(operator, own, known, !sessions.is_empty())),
            ]);
        }
        Row { is_dimmed: false, id: operator.id.to_string(), cells }
    });
    Table { caption: "Operators, oldest first".to_owned(), columns, rows: rows.collect() }
}

fn badges(operator: &Operator, own: &Operator) -> Vec<Badge> {
    let badge = |tone, text: &str| Badge { tone, text: text.to_owned() };
    let mut badges = vec![badge(Tone::Neutral, operator.role.as_str())];
    if operator.id == own.id {
        badges.push(badge(Tone::Good, "You"));
    }
    if !operator.is_at_home() {
        badges.push(badge(Tone::Neutral, "At home in another workspace"));
    }
    if operator.password.is_none() {
        badges.push(badge(Tone::Warn, "No password yet"));
    }
    badges
}

/// What may be done with an operator. Nobody is offered to lock itself out: its own password and sessions are on its account's page.
fn actions(operator: &Operator, own: &Operator, known: &Known, has_sessions: bool) -> Vec<Action> {
    if operator.id == own.id || !own.role.manages(operator.role) {
        return Vec::new();
    }
    let action = |label: &str, word: &str, is_danger, is_question| Action {
        label: label.to_owned(),
        href: operator_path(operator.id, word),
        is_danger,
        is_question,
        accessible_label: format!("{label}: {}", operator.email.as_str()),
    };
    let mut actions = vec![action("Change role", "role", false, false)];
    // Who sets a password can sign in with it, and then works wherever the operator does.
    let may_reset = known.resettable.contains(&operator.id);
    let is_offered = |change: &Change| match change {
        Change::ResetPassword => may_reset,
        Change::ResetSecondFactor => may_reset && known.holders.contains(&operator.id),
        Change::EndSessions => has_sessions,
        Change::Remove => true,
    };
    let changes = Change::ALL.into_iter().filter(is_offered);
    actions.extend(changes.map(|change| action(change.label(), change.word(), change == Change::Remove, true)));
    actions
}

#[cfg(test)]
mod samples {
    use devhub_domain::id::WorkspaceId;
    use devhub_domain::operators::EmailAddress;
    use devhub_domain::time::Timestamp;

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    fn operator(id: u8, email: &str, role: Role) -> Operator {
        Operator {
            id: OperatorId::from_bytes([id; 16]),
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            home_id: WorkspaceId::from_bytes([1; 16]),
            email: EmailAddress::new(email).unwrap(),
            role,
            password: None,
            created_at: Timestamp::from_seconds(1_795_514_400),
            revision: 1,
        }
    }

    impl Sample for OperatorsPage {
        const TEMPLATE: &'static str = "admin/settings/operators.html";

        fn samples() -> Vec<Self> {
            let owner = operator(1, "ada@shop.example", Role::Owner);
            let viewer = operator(2, "<b>@shop.example", Role::Viewer);
            let home_id = WorkspaceId::from_bytes([2; 16]);
            let guest = Operator { home_id, ..operator(3, "guest@market.example", Role::Developer) };
            let page = |own: &Operator, add: Option<&str>| Self {
                shell: shell_sample("Operators"),
                tabs: tabs(SettingsTab::Operators),
                zone: "UTC".to_owned(),
                add: add.map(str::to_owned),
                second_factors: add.map(|_| second_factors::asked_of_everybody(2)),
                table: table(
                    &[&owner, &viewer, &guest].map(|operator| (operator.clone(), Vec::new())),
                    &Known {
                        resettable: BTreeSet::from([viewer.id]),
                        holders: BTreeSet::from([viewer.id]),
                        is_required: true,
                    },
                    own,
                    &TimeZone::utc(),
                ),
            };
            vec![page(&owner, Some("/admin/settings/operators/new")), page(&viewer, None)]
        }
    }
}
