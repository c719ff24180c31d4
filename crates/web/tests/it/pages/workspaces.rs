//! Several workspaces: make one, go to another, and what a page of one may do in the other.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{IssuedKey, Scope};
use devhub_domain::id::WorkspaceId;
use devhub_domain::operators::{EmailAddress, Operators, Role};
use devhub_domain::testing::SeededEntropy;
use serde_json::json;

use super::browser::{Browser, PASSWORD, email_of, hub_with_operators};
use super::operators::{add, answer_path};
use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

pub(super) const SWITCH: &str = "/admin/workspaces/switch";
pub(super) const WORKSPACES: &str = "/admin/settings/workspaces";
const OPERATORS: &str = "/admin/settings/operators";
pub(super) const NEW_OPERATOR: &str = "/admin/settings/operators/new";
pub(super) const KEYS: &str = "/admin/developer/api-keys";
pub(super) const GENERAL: &str = "/admin/workspace";

pub(super) fn operators(hub: &Hub) -> Operators {
    Operators::new(hub.store.clone(), hub.clock.clone(), Arc::new(SeededEntropy::new(77)))
}

/// Has the operator with this role in the first workspace work in the other one too.
pub(super) fn admit(hub: &Hub, role: Role, there: Role) {
    let email = EmailAddress::new(&email_of(role)).unwrap();
    operators(hub).admit(Asker::COMMAND_LINE, OTHER_WORKSPACE, email, there).commit().unwrap();
}

/// Takes it out of the first one, which it was at home in.
pub(super) fn remove_from_first(hub: &Hub, role: Role) {
    let email = EmailAddress::new(&email_of(role)).unwrap();
    let id = operators(hub).find_by_email(WORKSPACE, &email).unwrap().unwrap().id;
    operators(hub).remove(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
}

pub(super) async fn switch(browser: &mut Browser<'_>, to: WorkspaceId) {
    browser.get(GENERAL).await;
    assert_eq!(browser.post(SWITCH, &[("to", &to.to_string())]).await.location(), "/admin/overview");
}

#[actix_web::test]
async fn the_name_stands_on_top_and_a_menu_where_there_is_a_choice() {
    let hub = hub_with_operators();
    admit(&hub, Role::Owner, Role::Viewer);
    let mut alone = Browser::signed_in(&hub, Role::Admin).await;
    let page = alone.get(GENERAL).await;
    assert!(page.says("Main</p>") && !page.says(SWITCH), "{}", page.html);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    assert!(browser.get(GENERAL).await.says(&format!("name=\"to\" value=\"{OTHER_WORKSPACE}\"")));
    switch(&mut browser, OTHER_WORKSPACE).await;
    let page = browser.get("/admin/overview").await;
    assert!(page.says("Other</span>") && page.says("You have switched."), "{}", page.html);
    assert!(page.says(&format!("name=\"to\" value=\"{WORKSPACE}\"")));
    assert!(!browser.get(GENERAL).await.says("name=\"time_zone\""), "a viewer there changes nothing");
    switch(&mut browser, WORKSPACE).await;
    assert!(browser.get(GENERAL).await.says("name=\"time_zone\""));
}

#[actix_web::test]
async fn a_workspace_in_which_one_does_not_work_is_unknown() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(GENERAL).await;
    let token = browser.page.token();
    let nowhere = WorkspaceId::from_bytes([9; 16]).to_string();
    let mut told = Vec::new();
    for to in [&OTHER_WORKSPACE.to_string(), &nowhere, "Other", ""] {
        let page = browser.post_raw(SWITCH, &[("token", token.as_str()), ("to", to)]).await;
        assert_eq!(page.status, 404, "{to}");
        told.push(page.html.clone());
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "the answers tell them apart");
    assert!(browser.get(GENERAL).await.says("Main"));
}

/// The session that was in the other workspace is over, and the page of the same address at home would look as if it were that.
#[actix_web::test]
async fn who_works_in_several_signs_in_to_the_overview() {
    let hub = hub_with_operators();
    admit(&hub, Role::Owner, Role::Owner);
    for (role, expected) in [(Role::Owner, "/admin/overview"), (Role::Admin, KEYS)] {
        let mut browser = Browser::new(&hub);
        browser.get(&format!("/admin/sign-in?next={KEYS}")).await;
        let next = browser.page.hidden("next");
        let fields = [("email", &*email_of(role)), ("password", PASSWORD), ("next", &next)];
        assert_eq!(browser.post("/admin/sign-in", &fields).await.location(), expected);
    }
}

#[actix_web::test]
async fn a_removed_membership_counts_at_the_next_request() {
    let hub = hub_with_operators();
    admit(&hub, Role::Owner, Role::Owner);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    switch(&mut browser, OTHER_WORKSPACE).await;
    // Somebody else has to be an owner there.
    admit(&hub, Role::Admin, Role::Owner);
    let id = operators(&hub).find_by_email(WORKSPACE, &EmailAddress::new(&email_of(Role::Owner)).unwrap());
    let id = id.unwrap().unwrap().id;
    operators(&hub).remove(Asker::COMMAND_LINE, OTHER_WORKSPACE, id).commit().unwrap();
    assert!(browser.get(GENERAL).await.location().starts_with("/admin/sign-in"));
    let browser = Browser::signed_in(&hub, Role::Owner).await;
    assert!(!browser.page.says(SWITCH));
}

#[actix_web::test]
async fn an_owner_of_the_first_workspace_makes_another_and_works_there() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(WORKSPACES).await;
    let page = browser.post(WORKSPACES, &[("name", "<b>Market</b>"), ("time_zone", "Asia/Dhaka")]).await;
    assert_eq!(page.location(), WORKSPACES);
    let page = browser.get(WORKSPACES).await.clone();
    assert!(page.says("The workspace is made.") && page.says("&#60;b&#62;Market&#60;/b&#62;"), "{}", page.html);
    let (_, rest) = page.html.split_once("name=\"to\" value=\"").unwrap();
    let to = rest.split('"').next().unwrap().to_owned();
    assert_eq!(browser.post(SWITCH, &[("to", &to)]).await.location(), "/admin/overview");
    let page = browser.get("/admin/audit").await.clone();
    assert!(page.says("Workspace created") && page.says("Session switched"), "{}", page.html);
    assert!(browser.get(OPERATORS).await.says(&email_of(Role::Owner)));
    assert!(!browser.page.says(&email_of(Role::Admin)), "nobody else works there");
}

#[actix_web::test]
async fn what_is_wrong_with_a_new_workspace_is_told_at_its_field_and_kept() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(WORKSPACES).await;
    let page = browser.post(WORKSPACES, &[("name", ""), ("time_zone", "Mars/Olympus")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("Workspace name must be 1 to 100 characters") && page.says("Time zone must be an IANA name"));
    assert!(page.says("<option value=\"UTC\" selected"), "{}", page.html);
    let page = browser.post(WORKSPACES, &[("name", "Other"), ("time_zone", "Asia/Dhaka")]).await;
    assert_eq!(page.status, 422);
    assert!(
        page.says("A workspace with this name exists already: choose another name.") && page.says("value=\"Other\"")
    );
    assert!(page.says("<option value=\"Asia/Dhaka\" selected"), "{}", page.html);
}

#[actix_web::test]
async fn others_see_where_they_work_and_make_none() {
    let hub = hub_with_operators();
    for role in [Role::Admin, Role::Developer, Role::Viewer] {
        admit(&hub, role, Role::Owner);
        let mut browser = Browser::signed_in(&hub, role).await;
        for workspace in [WORKSPACE, OTHER_WORKSPACE] {
            switch(&mut browser, workspace).await;
            let page = browser.get(WORKSPACES).await;
            assert!(page.says("Main") && page.says("Other") && !page.says("Create workspace"), "{role:?}");
            browser.get(GENERAL).await;
            let page = browser.post(WORKSPACES, &[("name", "Third"), ("time_zone", "UTC")]).await;
            assert_eq!(page.status, 403, "{role:?}: an owner of a later workspace answers for that one alone");
        }
    }
}

#[actix_web::test]
async fn somebody_of_the_hub_is_added_without_another_password() {
    let hub = hub_with_operators();
    admit(&hub, Role::Owner, Role::Owner);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    switch(&mut browser, OTHER_WORKSPACE).await;
    let email = email_of(Role::Viewer);
    browser.get(NEW_OPERATOR).await;
    for known in ["", "on", &email_of(Role::Admin)] {
        let page = add(&mut browser, &[("email", &email), ("role", "developer"), ("known", known)]).await;
        assert_eq!(page.status, 422);
        assert!(page.says("Its password was set there, and not by anybody here."), "{}", page.html);
    }
    assert!(!browser.get(OPERATORS).await.says(&email), "nobody is added without an answer");
    browser.get(NEW_OPERATOR).await;
    let page = add(&mut browser, &[("email", &email), ("role", "developer"), ("known", &email)]).await;
    assert_eq!(page.location(), OPERATORS);
    let page = browser.get(OPERATORS).await;
    assert!(page.says("The operator works here too.") && page.says("At home in another workspace"));
    let mut viewer = Browser::new(&hub);
    viewer.get("/admin/sign-in").await;
    viewer.post("/admin/sign-in", &[("email", &email), ("password", PASSWORD)]).await;
    switch(&mut viewer, OTHER_WORKSPACE).await;
    assert!(viewer.get(KEYS).await.says("Generate New API Key"), "a developer there");
    browser.get(NEW_OPERATOR).await;
    let page = add(&mut browser, &[("email", &email), ("role", "viewer")]).await;
    assert_eq!(page.status, 422, "it works here already");
}

/// An owner of one workspace must not become an owner of another by the password of somebody who works in both.
#[actix_web::test]
async fn a_password_is_reset_by_who_manages_its_operator_everywhere() {
    let hub = hub_with_operators();
    admit(&hub, Role::Developer, Role::Owner);
    admit(&hub, Role::Viewer, Role::Viewer);
    let id = |role| {
        let email = EmailAddress::new(&email_of(role)).unwrap();
        operators(&hub).find_by_email(WORKSPACE, &email).unwrap().unwrap().id
    };
    let reset = format!("{OPERATORS}/{}/reset-password", id(Role::Viewer));
    // An owner there, and a developer at home.
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    switch(&mut browser, OTHER_WORKSPACE).await;
    assert!(!browser.get(OPERATORS).await.says(&reset), "what is refused is not offered");
    for page in [browser.get(&reset).await.clone(), {
        browser.get(GENERAL).await;
        browser.post(&reset, &[]).await.clone()
    }] {
        assert_eq!(page.status, 403);
        assert!(page.says("This operator works in other workspaces too"), "{}", page.html);
    }
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    assert!(!owner.get(OPERATORS).await.says(&reset), "an owner at home comes to nothing elsewhere");
    assert_eq!(owner.get(&reset).await.status, 403);
    admit(&hub, Role::Owner, Role::Admin);
    assert!(owner.get(OPERATORS).await.says(&reset));
    let page = owner.get(&reset).await.clone();
    assert_eq!(owner.post(&answer_path(&page), &[]).await.status, 200);
    browser.get(GENERAL).await;
    let gone = format!("{OPERATORS}/{}/remove", id(Role::Viewer));
    assert_eq!(browser.post(&gone, &[]).await.location(), OPERATORS);
    assert!(operators(&hub).find(WORKSPACE, id(Role::Viewer)).is_ok(), "it is removed from that workspace alone");
    let own = format!("{OPERATORS}/{}/remove", id(Role::Developer));
    browser.get(GENERAL).await;
    assert_eq!(browser.post(&own, &[]).await.status, 409, "the last owner there");
}

#[actix_web::test]
async fn somebody_leaves_a_workspace_by_itself() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let leave = |id: WorkspaceId| format!("{WORKSPACES}/{id}/leave");
    assert!(!browser.get(WORKSPACES).await.says("/leave"), "there is only one");
    assert_eq!(browser.get(&leave(OTHER_WORKSPACE)).await.status, 404);
    browser.get(WORKSPACES).await;
    assert_eq!(browser.post(&leave(WORKSPACE), &[]).await.status, 409);
    admit(&hub, Role::Viewer, Role::Owner);
    let page = browser.get(WORKSPACES).await;
    assert!(page.says(&leave(WORKSPACE)) && page.says(&leave(OTHER_WORKSPACE)), "{}", page.html);
    assert!(browser.get(&leave(OTHER_WORKSPACE)).await.says("Other (owner)."));
    assert_eq!(browser.post(&leave(OTHER_WORKSPACE), &[]).await.status, 409, "the last owner there");
    admit(&hub, Role::Admin, Role::Owner);
    browser.get(&leave(OTHER_WORKSPACE)).await;
    assert_eq!(browser.post(&leave(OTHER_WORKSPACE), &[]).await.location(), WORKSPACES);
    let page = browser.get(WORKSPACES).await;
    assert!(page.says("You have left the workspace.") && !page.says("Other"), "{}", page.html);
    // From the one that the session works in.
    admit(&hub, Role::Viewer, Role::Developer);
    browser.get(&leave(WORKSPACE)).await;
    assert_eq!(browser.post(&leave(WORKSPACE), &[]).await.location(), "/admin/sign-in");
    assert!(browser.get("/admin/sign-in").await.says("You have left the workspace."));
    let mut anew = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(anew.get(GENERAL).await.says("Other</p>"));
}

#[actix_web::test]
async fn sessions_of_every_workspace_are_on_the_account() {
    let hub = hub_with_operators();
    admit(&hub, Role::Owner, Role::Viewer);
    let mut there = Browser::signed_in(&hub, Role::Owner).await;
    switch(&mut there, OTHER_WORKSPACE).await;
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = browser.get("/admin/account").await.clone();
    assert!(page.says("<span>Main</span></td>") && page.says("<span>Other</span></td>"), "{}", page.html);
    browser.get("/admin/account/sessions/end-others").await;
    browser.post("/admin/account/sessions/end-others", &[]).await;
    assert!(there.get(GENERAL).await.location().starts_with("/admin/sign-in"));
}

/// One thing of each kind in the first workspace, as addresses of its pages.
async fn pages_of_things(hub: &Hub) -> (IssuedKey, Vec<String>) {
    let all = Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
    let key = hub.key(&all);
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    let endpoint = hub.post("/api/hub/v1/endpoints", &key, &endpoint).await.field("id");
    hub.post("/api/hub/v1/events", &key, &json!({ "event_type": "payment.completed", "payload": 1 })).await;
    let delivery = hub.get("/api/hub/v1/deliveries", &key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let job = json!({ "filter": { "state": "exhausted" } });
    let job = hub.post("/api/hub/v1/deliveries/resends", &key, &job).await.field("id");
    let policy = json!({ "name": "spare", "limit": 1000, "window_s": 60, "path": "/nowhere" });
    let policy = hub.post("/api/hub/v1/limits/policies", &key, &policy).await.field("id");
    let made = json!({ "policy": policy, "subject": key.key.id.to_string(), "limit": 1000, "window_s": 60 });
    let made = hub.post("/api/hub/v1/limits/overrides", &key, &made).await.field("id");
    let secrets = hub.get(&format!("/api/hub/v1/endpoints/{endpoint}/secrets"), &key).await.json();
    let secret = secrets["items"][0]["id"].as_str().unwrap_or_default().to_owned();
    let email = EmailAddress::new(&email_of(Role::Viewer)).unwrap();
    let person = operators(hub).find_by_email(WORKSPACE, &email).unwrap().unwrap().id;
    let id = key.key.id;
    let hooks = format!("/admin/developer/webhooks/{endpoint}");
    let paths = [
        vec![format!("{KEYS}/{id}"), hooks.clone(), format!("/admin/developer/deliveries/{delivery}")],
        ["rotate", "usage", "explain", "lock", "unlock", "revoke"].map(|word| format!("{KEYS}/{id}/{word}")).into(),
        ["edit", "test", "pause", "delete", "secrets/rotate"].map(|word| format!("{hooks}/{word}")).into(),
        ["reveal", "retire"].map(|word| format!("{hooks}/secrets/{secret}/{word}")).into(),
        vec![format!("/admin/developer/deliveries/{delivery}/resend")],
        vec![format!("/admin/developer/resends/{job}")],
        ["", "/delete"].map(|word| format!("/admin/rate-limits/policies/{policy}{word}")).into(),
        ["", "/delete"].map(|word| format!("/admin/rate-limits/overrides/{made}{word}")).into(),
        ["role", "reset-password", "end-sessions", "remove"].map(|word| format!("{OPERATORS}/{person}/{word}")).into(),
    ];
    (key, paths.concat())
}

#[actix_web::test]
async fn nothing_of_one_workspace_is_there_in_another_whoever_looks() {
    let hub = hub_with_operators();
    admit(&hub, Role::Owner, Role::Owner);
    let (key, paths) = pages_of_things(&hub).await;
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let mut found = 0;
    for path in &paths {
        found += usize::from(browser.get(path).await.status == 200);
    }
    assert!(found >= 20, "only {found} of {} pages are there at home", paths.len());
    let log = hub.get("/api/hub/v1/audit", &key).await.text;
    switch(&mut browser, OTHER_WORKSPACE).await;
    let mut there = Vec::new();
    for path in &paths {
        let form_id = browser.get(KEYS).await.hidden("form_id");
        let fields = [("form_id", form_id.as_str()), ("role", "viewer"), ("label", "x"), ("name", "x"), ("grace", "0")];
        let posted = browser.post(path, &fields).await.status.as_u16();
        let shown = browser.get(path).await.status.as_u16();
        // Some have one method only, some lead to the page of the key, and some look at what was typed before they look for what it is about.
        if !matches!((shown, posted), (404 | 405 | 303, 404 | 405 | 422)) {
            there.push((path, shown, posted));
        }
    }
    assert_eq!(there, []);
    for path in
        ["/admin/overview", KEYS, "/admin/developer/webhooks", "/admin/developer/deliveries", "/admin/rate-limits"]
    {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.says("shop.example") && !page.says("spare"), "{path}");
    }
    assert_eq!(hub.get("/api/hub/v1/audit", &key).await.text, log, "nothing was changed at home");
}
