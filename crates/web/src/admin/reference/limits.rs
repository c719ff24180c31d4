//! The limits that apply to an operation, computed from the policies of the workspace as the limiter chooses among them.

use devhub_domain::id::WorkspaceId;
use devhub_domain::rate::{MethodSet, Mode, RatePolicy, RateSnapshot, SubjectKind};

use crate::admin::components::{Badge, Cell, Column, Row, Table, Tone};
use crate::admin::rate_limits::words;
use crate::problem_body::Problem;
use crate::services::Services;

/// What the limits of operations are computed from.
pub(in crate::admin) struct Limits {
    snapshot: RateSnapshot,
    /// What each key has where no rule says otherwise.
    default: String,
}

/// How far a rule means an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    All,
    /// Some values of its parameters.
    Some,
    None,
}

impl Limits {
    /// Reads the policies of a workspace.
    pub(super) fn read(services: &Services, workspace_id: WorkspaceId) -> Result<Self, Problem> {
        let snapshot = services.rate_policies.list(workspace_id)?;
        let own = services.rate_overrides.find_of_workspace(workspace_id)?;
        let quota = own.map_or_else(|| *services.rates.default_policy().quota(), |own| own.quota);
        Ok(Self { snapshot, default: words::quota(&quota) })
    }

    /// Those of one method and path, which may have parameters in braces.
    pub(super) fn table(&self, method: &str, path: &str) -> Table {
        let mut rows = Vec::new();
        for subject in [SubjectKind::Key, SubjectKind::Workspace, SubjectKind::Address] {
            let (chosen, is_settled) = self.choose(subject, method, path);
            rows.extend(chosen.into_iter().map(|(policy, reach)| row(policy, reach)));
            if subject == SubjectKind::Key && !is_settled {
                rows.push(self.default_row());
            }
        }
        let columns = ["Limit", "Counted", "From", "Mode"].map(Column::new).into();
        Table { caption: "Limits of this operation".to_owned(), columns, rows }
    }

    /// The rules of one kind up to the first that means every request of the operation; those in shadow leave the place to the next.
    fn choose(&self, subject: SubjectKind, method: &str, path: &str) -> (Vec<(&RatePolicy, Reach)>, bool) {
        let mut chosen = Vec::new();
        let mut has_shadow = false;
        for policy in self.snapshot.policies.iter().filter(|policy| policy.rule.subject == subject) {
            let reach = reach(policy, method, path);
            match (policy.rule.mode, reach) {
                (Mode::Off, _) | (_, Reach::None) => {}
                (Mode::Shadow, _) if has_shadow => {}
                (Mode::Shadow, _) => {
                    has_shadow = reach == Reach::All;
                    chosen.push((policy, reach));
                }
                (Mode::Enforce, Reach::Some) => chosen.push((policy, reach)),
                (Mode::Enforce, Reach::All) => {
                    chosen.push((policy, reach));
                    return (chosen, true);
                }
            }
        }
        (chosen, false)
    }

    fn default_row(&self) -> Row {
        let badge = Badge { tone: Tone::Good, text: "Enforced".to_owned() };
        let cells = vec![
            Cell::Strong(self.default.clone()),
            Cell::Text("for each key".to_owned()),
            Cell::Text("Default, unless a key has a rate of its own".to_owned()),
            Cell::Badges(vec![badge]),
        ];
        Row { is_dimmed: false, id: "limit-default".to_owned(), cells }
    }
}

fn row(policy: &RatePolicy, reach: Reach) -> Row {
    let rule = &policy.rule;
    let badge = words::mode_badge(rule.mode);
    let note = if reach == Reach::Some { "For some values of its parameters" } else { "" };
    let cells = vec![
        Cell::Strong(words::quota(&rule.quota)),
        Cell::Text(words::counted(rule.subject).to_owned()),
        Cell::Text(format!("{}: {}", rule.name, words::route(rule))),
        Cell::Noted { badge, note: note.to_owned() },
    ];
    Row { is_dimmed: rule.mode == Mode::Shadow, id: format!("limit-{}", policy.id), cells }
}

fn reach(policy: &RatePolicy, method: &str, path: &str) -> Reach {
    let rule = &policy.rule;
    if rule.methods != MethodSet::ALL && !rule.methods.contains(method) {
        return Reach::None;
    }
    if rule.path.matches(path) {
        return Reach::All;
    }
    if rule.path.matches(&filled(path, rule.path.as_str())) { Reach::Some } else { Reach::None }
}

/// The path with what the pattern wants in the places of its parameters.
fn filled(path: &str, pattern: &str) -> String {
    let mut wanted = pattern.split('/').filter(|segment| !segment.is_empty());
    let segments = path.split('/').filter(|segment| !segment.is_empty()).map(|segment| {
        let wanted = wanted.next().filter(|wanted| !wanted.contains('*'));
        if segment.starts_with('{') { wanted.unwrap_or(segment) } else { segment }
    });
    segments.fold(String::new(), |path, segment| path + "/" + segment)
}

#[cfg(test)]
mod tests {
    use devhub_domain::rate::PathPattern;

    use super::*;

    #[test]
    fn a_rule_for_one_payment_means_some_of_an_operation_for_any() {
        let matches = |pattern: &str, path: &str| {
            let parsed: PathPattern = pattern.parse().unwrap();
            (parsed.matches(path), parsed.matches(&filled(path, pattern)))
        };
        assert_eq!(matches("/api/v1/payments/*", "/api/v1/payments/{id}"), (true, true));
        assert_eq!(matches("/api/v1/payments/7", "/api/v1/payments/{id}"), (false, true));
        assert_eq!(matches("/api/v1/refunds/7", "/api/v1/payments/{id}"), (false, false));
        assert_eq!(matches("/api/**", "/api/v1/payments/{id}"), (true, true));
        assert_eq!(matches("/api/v1/payments/*", "/api/v1/payment-intents/{id}"), (true, true));
    }
}
