//! Which policies bind a request.

use devhub_domain::access::Asker;
use devhub_domain::rate::{
    Admission, MethodSet, Mode, Outcome, OverrideSubject, PolicyRef, PolicyRule, RateRequest, SubjectKind,
};

use crate::hub::{Hub, address, ask, get, key, rule, rule_at, units, workspace};

#[test]
fn where_nobody_has_made_a_policy_the_default_binds_each_key() {
    let hub = Hub::new();
    assert_eq!(hub.binding(&get(1, "/a")), ("default".to_owned(), 599));
    assert_eq!(hub.binding(&get(2, "/a")), ("default".to_owned(), 599));
}

#[test]
fn the_first_policy_that_means_a_request_binds_it() {
    let hub = Hub::new();
    hub.make(rule_at("/a/b", "first", 10));
    hub.make(rule_at("/a/**", "second", 20));
    let names = ["/a/b", "/a/c", "/c"].map(|path| hub.binding(&get(1, path)).0);
    assert_eq!(names, ["first", "second", "default"]);
}

#[test]
fn a_policy_means_the_methods_that_it_names() {
    let hub = Hub::new();
    let writes = MethodSet::ALL.with("POST").unwrap();
    hub.make(PolicyRule { methods: writes, ..rule("writes", 10) });
    assert_eq!(hub.binding(&ask(1, "POST", "/a")).0, "writes");
    assert_eq!(hub.binding(&ask(1, "GET", "/a")).0, "default");
}

#[test]
fn a_policy_binds_no_other_workspace() {
    let hub = Hub::new();
    hub.make(rule("ours", 10));
    assert_eq!(hub.binding(&get(3, "/a")), ("default".to_owned(), 599));
}

#[test]
fn one_policy_of_each_subject_binds_and_the_most_restrictive_is_told() {
    let hub = Hub::new();
    hub.make(PolicyRule { subject: SubjectKind::Workspace, ..rule("together", 5) });
    hub.make(PolicyRule { subject: SubjectKind::Address, ..rule("address", 3) });
    let admission = hub.ask(&get(1, "/a"));
    let standing = admission.standing().unwrap();
    let names = standing.policies.iter().flatten().map(|policy| policy.name().to_string()).collect::<Vec<_>>();
    assert_eq!(names, ["default", "together", "address"]);
    assert_eq!((standing.policy.name().as_str(), standing.decision.remaining), ("address", 2));
    assert_eq!(hub.passed(&get(2, "/a"), 9), 2);
    // Another address, the same workspace: two of its five are left.
    let elsewhere = RateRequest { address: address("203.0.113.8"), ..get(1, "/a") };
    assert_eq!(hub.passed(&elsewhere, 9), 2);
}

/// Unkey spends one limit before it has asked the next: what one of them refuses has cost the others nothing here.
#[test]
fn what_one_policy_refuses_costs_the_others_nothing() {
    let hub = Hub::new();
    hub.make(PolicyRule { subject: SubjectKind::Workspace, ..rule("together", 2) });
    assert_eq!(hub.passed(&get(1, "/a"), 100), 2);
    hub.wait(60);
    assert_eq!(hub.binding(&get(1, "/a")), ("together".to_owned(), 1));
    let other = hub.decision(&RateRequest { workspace_id: workspace(2), cost: 0, ..get(3, "/a") });
    assert_eq!(other.remaining, 600);
}

#[test]
fn a_request_costs_what_its_policy_says() {
    let hub = Hub::new();
    hub.make(PolicyRule { cost: units(10), ..rule_at("/exports/**", "exports", 25) });
    assert_eq!(hub.passed(&get(1, "/exports/1"), 9), 2);
    assert_eq!(hub.decision(&RateRequest { cost: 0, ..get(1, "/exports") }).remaining, 5);
    assert_eq!(hub.passed(&RateRequest { cost: 3, ..get(2, "/exports") }, 1), 0);
}

#[test]
fn the_most_special_override_wins() {
    let hub = Hub::new();
    let exports = hub.make(rule_at("/exports", "exports", 10));
    let of = PolicyRef::Of(exports.id);
    let remaining = |number| hub.decision(&RateRequest { cost: 0, ..get(number, "/exports") }).remaining;
    assert_eq!((remaining(1), remaining(2)), (10, 10));
    hub.give(of, OverrideSubject::Workspace(workspace(1)), 20);
    assert_eq!((remaining(1), remaining(2)), (20, 20));
    hub.give(of, OverrideSubject::Key(key(1)), 30);
    assert_eq!((remaining(1), remaining(2)), (30, 20));
    // Of another policy, and so of nothing here.
    hub.give(PolicyRef::Default, OverrideSubject::Key(key(2)), 40);
    assert_eq!((remaining(1), remaining(2)), (30, 20));
}

#[test]
fn an_override_of_the_default_holds_for_what_stands_in_for_it() {
    let hub = Hub::new();
    hub.give(PolicyRef::Default, OverrideSubject::Key(key(1)), 30);
    assert_eq!(hub.binding(&get(1, "/a")), ("default".to_owned(), 29));
    hub.make(rule_at("/exports", "exports", 10));
    hub.make(rule("everything", 100));
    assert_eq!(hub.binding(&get(1, "/a")), ("everything".to_owned(), 29));
    assert_eq!(hub.binding(&get(2, "/a")), ("everything".to_owned(), 99));
    assert_eq!(hub.binding(&get(1, "/exports")), ("exports".to_owned(), 9));
}

#[test]
fn a_policy_in_shadow_refuses_nothing_and_counts_what_it_would_have_refused() {
    let hub = Hub::new();
    let shadow = hub.make(PolicyRule { mode: Mode::Shadow, ..rule("planned", 3) });
    assert_eq!(hub.passed(&get(1, "/a"), 10), 10);
    assert_eq!(hub.counts(shadow.id), (3, 0, 7));
    assert_eq!(hub.binding(&get(1, "/a")), ("default".to_owned(), 589));
}

#[test]
fn a_policy_in_shadow_loosens_none_below_it() {
    let hub = Hub::new();
    hub.make(PolicyRule { mode: Mode::Shadow, ..rule_at("/a", "planned", 50) });
    hub.make(rule_at("/a", "enforced", 2));
    assert_eq!(hub.passed(&get(1, "/a"), 9), 2);
}

#[test]
fn a_policy_in_shadow_spends_nothing_for_what_others_refuse() {
    let hub = Hub::new();
    let shadow = hub.make(PolicyRule { mode: Mode::Shadow, ..rule("planned", 5) });
    hub.make(rule("enforced", 2));
    assert_eq!(hub.passed(&get(1, "/a"), 9), 2);
    assert_eq!(hub.counts(shadow.id), (2, 0, 0));
}

#[test]
fn a_policy_that_is_off_is_passed_over() {
    let hub = Hub::new();
    hub.make(PolicyRule { mode: Mode::Off, ..rule("off", 1) });
    assert_eq!(hub.binding(&get(1, "/a")), ("default".to_owned(), 599));
}

#[test]
fn a_policy_counts_what_it_allows_and_refuses() {
    let hub = Hub::new();
    let policy = hub.make(rule("counted", 3));
    let together = hub.make(PolicyRule { subject: SubjectKind::Workspace, ..rule("together", 100) });
    hub.passed(&get(1, "/a"), 5);
    hub.passed(&get(2, "/a"), 1);
    // To look is no request, and what one refuses the other has not let pass.
    hub.passed(&RateRequest { cost: 0, ..get(1, "/a") }, 1);
    assert_eq!((hub.counts(policy.id), hub.counts(together.id)), ((4, 2, 0), (4, 0, 0)));
}

#[test]
fn exempt_networks_are_neither_decided_nor_counted_in_their_workspace() {
    let hub = Hub::new();
    let policy = hub.make(rule("strict", 1));
    let networks = devhub_domain::rate::parse_networks("203.0.113.0/24\n2001:db8::/32");
    let change = hub.policies.replace_networks(Asker::COMMAND_LINE, workspace(1), None, networks).unwrap();
    change.commit().unwrap();
    for exempt in ["203.0.113.7", "2001:db8:1::1"] {
        assert_eq!(hub.ask(&RateRequest { address: address(exempt), ..get(1, "/a") }), Admission::Exempt, "{exempt}");
    }
    assert_eq!(hub.counts(policy.id), (0, 0, 0));
    let outside = RateRequest { address: address("203.0.114.1"), ..get(1, "/a") };
    assert_eq!(hub.passed(&outside, 5), 1);
    // The other workspace has exempted nobody, and failures are not a workspace's affair.
    assert_eq!(hub.binding(&get(3, "/a")), ("default".to_owned(), 599));
    assert!((0..100).any(|_| hub.limits.record_failure(address("203.0.113.7")).is_some()));
}

#[test]
fn a_request_of_which_no_route_is_known_is_bound_by_what_means_all() {
    let hub = Hub::new();
    hub.make(rule_at("/a", "at-a", 1));
    hub.make(rule("everything", 10));
    assert_eq!(hub.binding(&RateRequest { route: None, ..get(1, "/a") }), ("everything".to_owned(), 9));
}

#[test]
fn a_lowered_burst_refuses_nothing_for_ever() {
    let hub = Hub::new();
    let policy = hub.make(PolicyRule { cost: units(10), ..rule("exports", 20) });
    hub.give(PolicyRef::Of(policy.id), OverrideSubject::Key(key(1)), 5);
    assert_eq!(hub.passed(&get(1, "/a"), 5), 1);
    let refused = hub.decision(&get(1, "/a"));
    assert!(matches!(refused.outcome, Outcome::Refused { .. }), "{refused:?}");
}
