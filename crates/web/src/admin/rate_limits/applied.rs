//! The limits that requests of one key may meet, for the page of that key.

use devhub_domain::rate::{AppliedLimit, LimitOrigin, Mode};

use super::paths::rule_path;
use super::words;
use crate::admin::components::{Cell, Column, Row, Table};

/// The limits in the order in which they are asked. Whoever may change them is led to each.
pub(in crate::admin) fn applied_table(limits: &[AppliedLimit], may_write: bool) -> Table {
    let columns = ["Limit", "Requests", "How much", "Decided by", "Mode"].map(Column::new).into();
    let rows = limits.iter().enumerate().map(|(at, limit)| row(at, limit, may_write)).collect();
    Table { caption: "Limits of this key, the one that is asked first in front".to_owned(), columns, rows }
}

fn row(at: usize, limit: &AppliedLimit, may_write: bool) -> Row {
    let name = limit.name.to_string();
    let heading = match limit.policy.filter(|_| may_write) {
        Some(id) => Cell::Linked { href: rule_path(id), first: name, second: String::new() },
        None => Cell::Strong(name),
    };
    let requests = match &limit.route {
        Some((methods, path)) => Cell::Code(words::methods_and_path(*methods, path)),
        None if at == 0 => Cell::Text("Every request".to_owned()),
        None => Cell::Text("Those that no rule for each key means".to_owned()),
    };
    let cost = if limit.cost == 1 { String::new() } else { format!(", a request takes {}", limit.cost) };
    let mode = if limit.is_shadow { Mode::Shadow } else { Mode::Enforce };
    let cells = vec![
        heading,
        requests,
        Cell::Text(format!("{} {}{cost}", words::quota(&limit.quota), words::counted(limit.subject))),
        Cell::Text(decided_by(limit).to_owned()),
        Cell::Badges(vec![words::mode_badge(mode)]),
    ];
    Row { is_dimmed: false, id: format!("limit-{at}"), cells }
}

const fn decided_by(limit: &AppliedLimit) -> &'static str {
    match (limit.origin, limit.policy) {
        (LimitOrigin::Key, _) => "An override for this key",
        (LimitOrigin::Workspace, _) => "An override for the workspace",
        (LimitOrigin::Policy, Some(_)) => "The rule",
        (LimitOrigin::Policy, None) => "The default of every key",
    }
}

#[cfg(test)]
pub(in crate::admin) fn sample() -> Table {
    use devhub_domain::rate::{MethodSet, Quota, SubjectKind};
    use devhub_domain::testing::rate_policy;

    let policy = rate_policy(1);
    let rule = AppliedLimit {
        policy: Some(policy.id),
        name: policy.rule.name,
        subject: SubjectKind::Workspace,
        route: Some((MethodSet::ALL, policy.rule.path.clone())),
        quota: policy.rule.quota,
        origin: LimitOrigin::Policy,
        cost: 5,
        is_shadow: true,
    };
    let default = AppliedLimit {
        policy: None,
        subject: SubjectKind::Key,
        route: None,
        quota: Quota::per_minute(std::num::NonZeroU32::MIN),
        origin: LimitOrigin::Key,
        cost: 1,
        is_shadow: false,
        ..rule.clone()
    };
    applied_table(&[rule, default], true)
}
