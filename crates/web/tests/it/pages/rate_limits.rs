//! The tab of rate limits: rules, overrides, exempt networks, buckets.

use std::num::NonZeroU32;

use devhub_domain::operators::Role;
use devhub_domain::page::PageRequest;
use devhub_domain::rate::{Mode, OverrideSubject, PolicyRef, Quota, RateOverride, RatePolicy};

use super::browser::{Browser, hub_with_operators};
use crate::hub::{Hub, WORKSPACE};

const LIMITS: &str = "/admin/rate-limits";

const RULE: [(&str, &str); 8] = [
    ("path", "/api/hub/v1/**"),
    ("methods", "GET"),
    ("limit", "2"),
    ("window_s", "3600"),
    ("burst", ""),
    ("cost", "1"),
    ("subject", "key"),
    ("on_backend_error", "allow"),
];

/// The form of a rule with this name and mode.
fn rule<'a>(name: &'a str, mode: &'a str, revision: &'a str) -> Vec<(&'a str, &'a str)> {
    [&RULE[..], &[("name", name), ("mode", mode), ("revision", revision)]].concat()
}

fn policies(hub: &Hub) -> Vec<RatePolicy> {
    hub.services.rate_policies.list(WORKSPACE).unwrap().policies
}

fn overrides(hub: &Hub) -> Vec<RateOverride> {
    hub.services.rate_overrides.list(WORKSPACE, PageRequest::default()).unwrap().items
}

async fn add(browser: &mut Browser<'_>, name: &str, mode: &str) {
    let path = format!("{LIMITS}/policies/new");
    browser.get(&path).await;
    assert_eq!(browser.post(&path, &rule(name, mode, "")).await.location(), LIMITS);
}

fn names(hub: &Hub) -> Vec<String> {
    policies(hub).iter().map(|policy| policy.rule.name.to_string()).collect()
}

#[actix_web::test]
async fn a_rule_is_added_changed_and_deleted() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    assert!(browser.get(LIMITS).await.says("No rules yet"));
    add(&mut browser, "exports", "shadow").await;
    let page = browser.get(LIMITS).await;
    assert!(page.says("The rule is saved.") && page.says("2 per hour, 2 at once for each key"), "{}", page.html);
    let policy = policies(&hub).remove(0);
    assert_eq!((policy.rule.mode, policy.rule.path.as_str()), (Mode::Shadow, "/api/hub/v1/**"));
    let path = format!("{LIMITS}/policies/{}", policy.id);
    let form = browser.get(&path).await;
    assert!(form.says("value=\"GET\" checked") && form.says("value=\"3600\""), "{}", form.html);
    assert_eq!(browser.post(&path, &rule("reports", "enforce", "1")).await.location(), LIMITS);
    assert_eq!((names(&hub), policies(&hub)[0].rule.mode), (vec!["reports".to_owned()], Mode::Enforce));
    assert!(browser.get(&format!("{path}/delete")).await.says("Delete reports?"));
    assert_eq!(browser.post(&format!("{path}/delete"), &[]).await.location(), LIMITS);
    assert!(policies(&hub).is_empty());
}

#[actix_web::test]
async fn every_field_that_is_wrong_is_told_at_its_place_and_keeps_what_was_typed() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    let path = format!("{LIMITS}/policies/new");
    browser.get(&path).await;
    let fields =
        [("name", "Two Words"), ("path", "exports"), ("limit", "many"), ("window_s", "0"), ("methods", "FETCH")];
    let page = browser.post(&path, &fields).await;
    assert_eq!(page.status, 422);
    for field in ["name", "path", "limit", "window_s", "methods", "cost", "subject", "mode", "on_backend_error"] {
        assert!(page.says(&format!("id=\"{field}-error\"")), "{field}");
        assert!(page.says(&format!("href=\"#{field}\"")), "{field}");
    }
    assert!(page.says("value=\"Two Words\"") && page.says("value=\"many\""));
    assert!(page.says("<title>Error: Add rule"));
    assert!(policies(&hub).is_empty());
}

#[actix_web::test]
async fn a_name_that_is_taken_and_a_form_that_is_stale_are_told() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    add(&mut browser, "exports", "shadow").await;
    let new = format!("{LIMITS}/policies/new");
    browser.get(&new).await;
    let taken = browser.post(&new, &rule("exports", "shadow", "")).await;
    assert_eq!(taken.status, 422);
    assert!(taken.says("choose another name."), "{}", taken.html);
    let path = format!("{LIMITS}/policies/{}", policies(&hub)[0].id);
    browser.get(&path).await;
    let stale = browser.post(&path, &rule("reports", "off", "7")).await;
    assert_eq!(stale.status, 409);
    assert!(stale.says("Somebody else has changed this rule meanwhile") && stale.says("value=\"reports\""));
    assert_eq!(stale.hidden("revision"), "1", "whoever was told may write over it");
}

#[actix_web::test]
async fn rules_are_moved_one_place_at_a_time() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    for name in ["one", "two", "three"] {
        add(&mut browser, name, "shadow").await;
    }
    let order = format!("{LIMITS}/policies/order");
    let id = |name: &str| policies(&hub).into_iter().find(|policy| policy.rule.name.as_str() == name).unwrap().id;
    let page = browser.get(LIMITS).await;
    assert!(page.says("aria-label=\"Down: one\"") && !page.says("aria-label=\"Up: one\""), "{}", page.html);
    assert_eq!(browser.post(&order, &[("up", &id("three").to_string())]).await.location(), LIMITS);
    assert_eq!(names(&hub), ["one", "three", "two"]);
    browser.get(LIMITS).await;
    browser.post(&order, &[("down", &id("one").to_string())]).await;
    assert_eq!(names(&hub), ["three", "one", "two"]);
    browser.get(LIMITS).await;
    assert_eq!(browser.post(&order, &[("up", "rpl_1")]).await.status, 404);
}

#[actix_web::test]
async fn what_a_rule_refuses_and_would_refuse_stands_side_by_side() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    add(&mut browser, "enforced", "enforce").await;
    add(&mut browser, "tried", "shadow").await;
    for _ in 0..5 {
        hub.get("/api/hub/v1/whoami", &key).await;
    }
    assert!(browser.get(LIMITS).await.says("Nothing was refused in the last 24 hours"));
    hub.services.rate_usage.flush().unwrap();
    let page = browser.get(LIMITS).await;
    let cell = |label: &str, count: &str| format!("data-label=\"{label}\"><span>{count}</span>");
    let row = |name: &str| page.html.split("<tr ").find(|row| row.contains(name)).unwrap();
    let enforced = row(">enforced<");
    assert!(enforced.contains(&cell("Passed", "2")) && enforced.contains(&cell("Refused (429)", "3")), "{enforced}");
    assert!(enforced.contains("aria-label=\"5 requests, 3 of them refused in the last 24 hours\""), "{enforced}");
    assert!(row(">tried<").contains("data-label=\"Shadow: would refuse\""));
    let plot = page.html.split("<figure class=\"plot\">").find(|plot| plot.contains("enforced: requests")).unwrap();
    assert!(
        plot.contains(": Refused (429) 3</title>") && plot.matches("<tr><th scope=\"row\">").count() == 24,
        "{plot}"
    );
    let week = browser.get(&format!("{LIMITS}?period=7d")).await;
    assert_eq!(week.html.matches("<tr><th scope=\"row\">").count(), 168, "of the one that has refused something");
    assert!(week.says("aria-label=\"5 requests, 3 of them refused in the last 7 days\""), "{}", week.html);
}

#[actix_web::test]
async fn what_the_default_refuses_has_a_plot_and_what_a_deleted_rule_refused_has_none() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    add(&mut browser, "enforced", "enforce").await;
    for _ in 0..3 {
        hub.get("/api/hub/v1/whoami", &key).await;
    }
    let path = format!("{LIMITS}/policies/{}/delete", policies(&hub)[0].id);
    browser.get(&path).await;
    assert_eq!(browser.post(&path, &[]).await.location(), LIMITS);
    for _ in 0..601 {
        hub.get("/api/hub/v1/whoami", &key).await;
    }
    hub.services.rate_usage.flush().unwrap();
    let page = browser.get(LIMITS).await;
    assert!(page.says("Default: requests beyond the limit") && page.says(": Refused (429) 1</title>"), "{}", page.html);
    assert!(!page.says("enforced: requests"), "{}", page.html);
}

#[actix_web::test]
async fn an_override_is_added_changed_and_deleted() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let new = format!("{LIMITS}/overrides/new");
    assert!(browser.get(&new).await.says(&key.key.id.to_string()));
    let id = key.key.id.to_string();
    let fields =
        [("policy", "default"), ("subject", id.as_str()), ("limit", "1200"), ("window_s", "60"), ("burst", "50")];
    assert_eq!(browser.post(&new, &fields).await.location(), LIMITS);
    let made = overrides(&hub).remove(0);
    assert_eq!((made.policy, made.subject), (PolicyRef::Default, OverrideSubject::Key(key.key.id)));
    let page = browser.get(LIMITS).await;
    assert!(page.says("1,200 per minute, 50 at once") && page.says(key.key.label.as_str()), "{}", page.html);
    browser.get(&new).await;
    let twice = browser.post(&new, &fields).await;
    assert_eq!(twice.status, 422);
    assert!(twice.says("There is an override for this already"));
    let path = format!("{LIMITS}/overrides/{}", made.id);
    let revision = browser.get(&path).await.hidden("revision");
    let fields = [("limit", "60"), ("window_s", "60"), ("burst", ""), ("revision", revision.as_str())];
    assert_eq!(browser.post(&path, &fields).await.location(), LIMITS);
    assert_eq!(overrides(&hub)[0].quota, Quota::per_minute(NonZeroU32::new(60).unwrap()));
    browser.get(&format!("{path}/delete")).await;
    assert_eq!(browser.post(&format!("{path}/delete"), &[]).await.location(), LIMITS);
    assert!(overrides(&hub).is_empty());
}

#[actix_web::test]
async fn the_default_is_changed_for_the_workspace_and_goes_back() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = browser.get(LIMITS).await;
    assert!(page.says("600 per minute") && page.says("limits.default_per_minute"));
    let new = format!("{LIMITS}/overrides/new");
    browser.get(&format!("{new}?policy=default")).await;
    let fields =
        [("policy", "default"), ("subject", "workspace"), ("limit", "60"), ("window_s", "60"), ("burst", "10")];
    browser.post(&new, &fields).await;
    let page = browser.get(LIMITS).await;
    assert!(page.says("Set for this workspace, instead of the hub&#39;s own: 600 per minute"), "{}", page.html);
    assert!(page.says("more than 70.") && page.says("\"default\";q=60;w=60".replace('"', "&#34;").as_str()));
}

#[actix_web::test]
async fn networks_are_saved_as_lines_and_the_wrong_ones_named() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let path = format!("{LIMITS}/networks");
    let revision = browser.get(LIMITS).await.hidden("revision");
    let typed = "10.0.0.0/8 # office\n\n10.0.0.0/33\n</textarea><script>alert(1)</script>";
    let page = browser.post(&path, &[("networks", typed), ("revision", revision.as_str())]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("<li value=\"3\"><code>10.0.0.0/33</code>") && page.says("<li value=\"4\">"), "{}", page.html);
    assert!(page.says("10.0.0.0/8 # office") && page.says("2 lines are no networks."));
    assert!(!page.says("<script>alert"));
    let fields = [("networks", "10.1.2.3/8 # office\r\n2001:db8::1"), ("revision", revision.as_str())];
    assert_eq!(browser.post(&path, &fields).await.location(), LIMITS);
    let page = browser.get(LIMITS).await;
    assert!(
        page.says("The exempt networks are saved.") && page.says("10.0.0.0/8\n2001:db8::1/128</textarea>"),
        "{}",
        page.html
    );
    let stale = browser.post(&path, &[("networks", ""), ("revision", revision.as_str())]).await;
    assert_eq!(stale.status, 422);
    assert!(stale.says("Somebody else has changed the networks meanwhile"));
}

#[actix_web::test]
async fn a_bucket_is_shown_and_reset() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    hub.get("/api/hub/v1/whoami", &key).await;
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = browser.get(LIMITS).await;
    assert!(page.says("<span>1 of 600</span>") && page.says("<span>599</span>"), "{}", page.html);
    let path = format!("{LIMITS}/buckets/reset?policy=default&subject={}", key.key.id);
    assert!(page.says(&path.replace('&', "&#38;")));
    assert!(browser.get(&path).await.says("Reset the bucket of"));
    assert_eq!(browser.post(&path, &[]).await.location(), LIMITS);
    let page = browser.get(LIMITS).await;
    assert!(page.says("The bucket is full again.") && page.says("All buckets are full"), "{}", page.html);
    assert_eq!(browser.get(&format!("{LIMITS}/buckets/reset?policy=x&subject=y")).await.status, 404);
}

#[actix_web::test]
async fn who_may_not_change_limits_sees_them_and_why() {
    let hub = hub_with_operators();
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    add(&mut owner, "exports", "shadow").await;
    for role in [Role::Developer, Role::Viewer] {
        let mut browser = Browser::signed_in(&hub, role).await;
        let page = browser.get(LIMITS).await.clone();
        assert!(page.says("exports") && page.says("You see the limits and cannot change them"), "{role:?}");
        for offered in ["Add Rule", "/delete", "Save networks", "name=\"up\"", "Change the default", "/reset"] {
            assert!(!page.says(offered), "{role:?}: {offered}");
        }
        let id = policies(&hub)[0].id;
        for path in [
            "policies/new".to_owned(),
            format!("policies/{id}"),
            format!("policies/{id}/delete"),
            "overrides/new".to_owned(),
        ] {
            let path = format!("{LIMITS}/{path}");
            assert_eq!(browser.get(&path).await.status, 403, "{role:?}: {path}");
            browser.get(LIMITS).await;
            assert_eq!(browser.post(&path, &rule("mine", "off", "1")).await.status, 403, "{role:?}: {path}");
        }
        for path in ["networks", "policies/order", "buckets/reset?policy=default&subject=127.0.0.1"] {
            browser.get(LIMITS).await;
            let fields = [("up", id.to_string())];
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            assert_eq!(browser.post(&format!("{LIMITS}/{path}"), &fields).await.status, 403, "{role:?}: {path}");
        }
    }
    assert_eq!(names(&hub), ["exports"]);
}
