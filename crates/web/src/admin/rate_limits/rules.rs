//! The rules in their order, and how one is moved.

use actix_web::HttpResponse;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::RatePolicyId;
use devhub_domain::rate::{Mode, PolicyUsage, RatePolicy};
use devhub_domain::workspaces::TimeZone;

use super::paths::{PATH, rule_path};
use super::{refusals, words};
use crate::admin::components::{Action, Cell, Column, Place, Row, Table};
use crate::admin::grouped::grouped;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::admin::span::Span;
use crate::blocking;
use crate::problem_body::Problem;
use crate::writes;

/// The form that moves rules.
pub(super) const ORDER_FORM: &str = "order";

/// A rule and what it has decided.
pub(super) type Counted = (RatePolicy, PolicyUsage);

/// The rules in their order, with what they decided.
pub(super) fn table(rules: &[Counted], span: Span, zone: &TimeZone, may_write: bool) -> Table {
    let (asked, counted) = (["Rule", "Requests", "Limit", "Mode"], ["Passed", "Refused (429)", "Shadow: would refuse"]);
    let names = asked.into_iter().chain([span.label()]).chain(counted);
    let mut columns: Vec<_> = names.map(Column::new).collect();
    if may_write {
        columns.push(Column::actions());
    }
    let last = rules.len().saturating_sub(1);
    let rows = rules.iter().enumerate().map(|(at, rule)| {
        let sparks = refusals::sparks(&rule.1, span, zone);
        row(rule, sparks, (at > 0, at < last), may_write)
    });
    let rows = rows.collect();
    Table { caption: "Rules, the one that is asked first in front".to_owned(), columns, rows }
}

fn row((policy, usage): &Counted, sparks: Cell, (has_before, has_after): (bool, bool), may_write: bool) -> Row {
    let (rule, counts) = (&policy.rule, &usage.total);
    let name = rule.name.to_string();
    let heading = if may_write {
        Cell::Linked { href: rule_path(policy.id), first: name.clone(), second: String::new() }
    } else {
        Cell::Strong(name.clone())
    };
    let cost = if rule.cost.get() == 1 { String::new() } else { format!(", a request takes {}", rule.cost) };
    // One that was on before has decided something, too.
    let has_counts = rule.mode != Mode::Off || counts.decided() > 0;
    let count = |count: u64| if has_counts { Cell::Text(grouped(count)) } else { Cell::Empty };
    let mut cells = vec![
        heading,
        Cell::Code(words::route(rule)),
        Cell::Text(format!("{} {}{cost}", words::quota(&rule.quota), words::counted(rule.subject))),
        Cell::Badges(vec![words::mode_badge(rule.mode)]),
        sparks,
        count(counts.allowed),
        count(counts.refused),
        count(counts.shadow_refused),
    ];
    if may_write {
        let place = Place { form: ORDER_FORM, value: policy.id.to_string(), name: name.clone(), has_before, has_after };
        cells.push(Cell::Ordered(place, vec![delete(policy.id, &name)]));
    }
    Row { is_dimmed: rule.mode == Mode::Off, id: policy.id.to_string(), cells }
}

fn delete(id: RatePolicyId, name: &str) -> Action {
    Action {
        label: "Delete".to_owned(),
        href: format!("{}/delete", rule_path(id)),
        is_question: true,
        is_danger: true,
        accessible_label: format!("Delete {name}"),
    }
}

/// Moves a rule by one place. One that cannot go farther stays where it is.
pub(in crate::admin) async fn move_one(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::LimitsWrite)?;
    let (up, down) = (fields.text("up").parse().ok(), fields.text("down").parse().ok());
    let ids = ids_of(&signed).await?;
    let moved = match (up, down) {
        (Some(id), _) => moved(&ids, id, Move::Up),
        (None, Some(id)) => moved(&ids, id, Move::Down),
        (None, None) => return Err(Problem::no_such("rate_policy_not_found", "rate policy")),
    };
    writes::run(signed.visit.services.rate_policies.reorder(signed.asker(), signed.workspace_id(), moved)?).await?;
    Ok(signed.visit.see_other_with(PATH, Notice::RuleMoved))
}

async fn ids_of(signed: &Signed) -> Result<Vec<RatePolicyId>, Problem> {
    let (policies, workspace_id) = (signed.visit.services.rate_policies.clone(), signed.workspace_id());
    let snapshot = blocking::run(move || policies.list(workspace_id)).await?;
    Ok(snapshot.policies.iter().map(|policy| policy.id).collect())
}

/// Which way a rule goes.
#[derive(Clone, Copy, Debug)]
enum Move {
    Up,
    Down,
}

/// The order in which one has changed places with its neighbour.
fn moved(ids: &[RatePolicyId], id: RatePolicyId, direction: Move) -> Vec<RatePolicyId> {
    let mut ids = ids.to_vec();
    let at = ids.iter().position(|other| *other == id);
    let other = at.and_then(|at| match direction {
        Move::Up => at.checked_sub(1),
        Move::Down => Some(at + 1).filter(|other| *other < ids.len()),
    });
    if let (Some(at), Some(other)) = (at, other) {
        ids.swap(at, other);
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_changes_places_with_its_neighbour() {
        let ids = [1, 2, 3].map(|byte| RatePolicyId::from_bytes([byte; 16]));
        let [a, b, c] = ids;
        assert_eq!(moved(&ids, b, Move::Up), [b, a, c]);
        assert_eq!(moved(&ids, b, Move::Down), [a, c, b]);
    }

    #[test]
    fn a_rule_at_the_end_or_one_that_is_gone_moves_nothing() {
        let ids = [1, 2].map(|byte| RatePolicyId::from_bytes([byte; 16]));
        assert_eq!(moved(&ids, ids[0], Move::Up), ids);
        assert_eq!(moved(&ids, ids[1], Move::Down), ids);
        assert_eq!(moved(&ids, RatePolicyId::from_bytes([9; 16]), Move::Down), ids);
    }
}
