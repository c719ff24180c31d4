//! The operators of the hub: who adds, changes and removes whom on the pages.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::operators::{EmailAddress, Operator, Operators, Role};
use devhub_domain::testing::SeededEntropy;

use super::browser::{Browser, Page, email_of, hub_with_operators};
use crate::hub::{Hub, WORKSPACE};

const OPERATORS: &str = "/admin/settings/operators";
const NEW: &str = "/admin/settings/operators/new";

fn all(hub: &Hub) -> Vec<Operator> {
    let (clock, entropy) = (hub.clock.clone(), Arc::new(SeededEntropy::new(1)));
    Operators::new(hub.store.clone(), clock, entropy).list(WORKSPACE).unwrap()
}

fn find(hub: &Hub, email: &str) -> Option<Operator> {
    let email = EmailAddress::new(email).unwrap();
    all(hub).into_iter().find(|operator| operator.email == email)
}

fn path(hub: &Hub, role: Role, change: &str) -> String {
    format!("{OPERATORS}/{}/{change}", find(hub, &email_of(role)).unwrap().id)
}

/// Sends the form that adds somebody, as the page shows it.
pub(super) async fn add<'b>(browser: &'b mut Browser<'_>, fields: &[(&str, &str)]) -> &'b Page {
    let form_id = browser.page.hidden("form_id");
    browser.post(NEW, &[&[("form_id", form_id.as_str())], fields].concat()).await
}

/// Where the question that the page shows is answered.
pub(super) fn answer_path(page: &Page) -> String {
    let (_, rest) = page.html.split_once("<form class=\"actions\" method=\"post\" action=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The password that the page shows.
fn shown_password(page: &str) -> String {
    let (_, rest) = page.split_once("id=\"first-password\" type=\"text\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn an_added_operator_signs_in_with_the_password_that_was_shown_once() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(NEW).await;
    let page = add(&mut browser, &[("email", "eve@example.com"), ("role", "developer")]).await;
    assert_eq!(page.status, 200);
    assert!(page.header("cache-control").contains("no-store"));
    let password = shown_password(&page.html);
    assert!(!browser.get(OPERATORS).await.says(&password));
    let mut other = Browser::new(&hub);
    other.get("/admin/sign-in").await;
    assert_eq!(
        other.post("/admin/sign-in", &[("email", "eve@example.com"), ("password", &password)]).await.status,
        303
    );
    assert_eq!(find(&hub, "eve@example.com").unwrap().role, Role::Developer);
}

#[actix_web::test]
async fn what_is_wrong_with_a_new_operator_is_told_at_its_field_and_kept() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(NEW).await;
    let page = add(&mut browser, &[("email", "<b>eve"), ("role", "king")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("The operator was not added") && page.says("value=\"&#60;b&#62;eve\""), "{}", page.html);
    let taken = email_of(Role::Viewer);
    let page = add(&mut browser, &[("email", &taken), ("role", "viewer")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("An operator with this email exists already."), "{}", page.html);
}

#[actix_web::test]
async fn another_role_counts_at_the_next_request() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let mut viewer = Browser::signed_in(&hub, Role::Viewer).await;
    let change = path(&hub, Role::Viewer, "role");
    browser.get(&change).await;
    assert_eq!(browser.post(&change, &[("role", "developer")]).await.location(), OPERATORS);
    assert!(browser.get(OPERATORS).await.says("The role is changed."));
    assert!(viewer.get(OPERATORS).await.location().starts_with("/admin/sign-in"));
}

#[actix_web::test]
async fn nobody_raises_anybody_above_itself() {
    let hub = hub_with_operators();
    let mut admin = Browser::signed_in(&hub, Role::Admin).await;
    assert!(!admin.get(NEW).await.says("value=\"owner\""));
    let page = add(&mut admin, &[("email", "eve@example.com"), ("role", "owner")]).await;
    assert_eq!(page.status, 422);
    assert!(find(&hub, "eve@example.com").is_none());
    admin.get(OPERATORS).await;
    let raise = path(&hub, Role::Viewer, "role");
    assert_eq!(admin.post(&raise, &[("role", "owner")]).await.status, 403);
    admin.get(OPERATORS).await;
    let own = path(&hub, Role::Admin, "role");
    assert_eq!(admin.post(&own, &[("role", "owner")]).await.status, 403);
    let owner = path(&hub, Role::Owner, "remove");
    assert_eq!(admin.get(&owner).await.status, 403);
}

#[actix_web::test]
async fn the_last_owner_is_neither_lowered_nor_removed() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let role = path(&hub, Role::Owner, "role");
    browser.get(&role).await;
    let page = browser.post(&role, &[("role", "admin")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("The role was not changed"));
    browser.get(OPERATORS).await;
    assert_eq!(browser.post(&path(&hub, Role::Owner, "remove"), &[]).await.status, 409);
}

#[actix_web::test]
async fn a_developer_sees_the_list_and_changes_nobody() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let page = browser.get(OPERATORS).await;
    assert!(page.says(&email_of(Role::Owner)) && page.says("Owners and admins can change this."));
    assert!(!page.says("/role\"") && !page.says(NEW));
    let before = all(&hub).len();
    for word in ["role", "reset-password", "reset-second-factor", "end-sessions", "remove"] {
        browser.get(OPERATORS).await;
        let page = browser.post(&path(&hub, Role::Viewer, word), &[("role", "admin")]).await;
        assert_eq!(page.status, 403, "{word}");
    }
    browser.get(OPERATORS).await;
    assert_eq!(browser.post(NEW, &[("email", "eve@example.com"), ("role", "viewer")]).await.status, 403);
    assert_eq!(all(&hub).len(), before);
}

#[actix_web::test]
async fn a_password_given_more_than_ten_minutes_ago_is_asked_for_again() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(NEW).await;
    hub.clock.advance(Duration::from_mins(10));
    let page = browser.post(NEW, &[("email", "eve@example.com"), ("role", "viewer")]).await;
    assert!(page.location().starts_with("/admin/confirm-password"), "{}", page.location());
    for word in ["role", "reset-password", "reset-second-factor", "remove"] {
        let change = path(&hub, Role::Viewer, word);
        assert!(browser.get(&change).await.location().starts_with("/admin/confirm-password"), "{word}");
        browser.get(OPERATORS).await;
        let page = browser.post(&change, &[("role", "developer")]).await;
        assert!(page.location().starts_with("/admin/confirm-password"), "{word}");
    }
    assert!(find(&hub, "eve@example.com").is_none());
}

#[actix_web::test]
async fn a_reset_password_ends_sessions_and_a_removed_operator_is_gone() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let mut viewer = Browser::signed_in(&hub, Role::Viewer).await;
    for word in ["end-sessions", "reset-password", "remove"] {
        let change = path(&hub, Role::Viewer, word);
        assert!(browser.get(&change).await.says(&email_of(Role::Viewer)), "{word}");
        let answer = answer_path(&browser.page);
        assert!(browser.post(&answer, &[]).await.status.as_u16() < 400, "{word}");
        assert!(viewer.get(OPERATORS).await.location().starts_with("/admin/sign-in"), "{word}");
    }
    assert!(find(&hub, &email_of(Role::Viewer)).is_none());
    assert_eq!(browser.get(&format!("{OPERATORS}/opr_{}/remove", "0".repeat(26))).await.status, 404);
}

#[actix_web::test]
async fn a_form_that_is_sent_again_adds_nobody_and_leaves_the_password_as_it_was_shown() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let form = browser.get(NEW).await.clone();
    let eve = [("email", "eve@example.com"), ("role", "developer")];
    let page = add(&mut browser, &eve).await;
    assert_eq!(page.status, 200);
    let added = find(&hub, "eve@example.com").unwrap();
    browser.page = form.clone();
    assert_eq!(add(&mut browser, &eve).await.location(), OPERATORS);
    let page = browser.get(OPERATORS).await;
    assert!(
        page.says("This form was used already.") && page.says("reset the password to get another"),
        "{}",
        page.html
    );
    assert_eq!(find(&hub, "eve@example.com").unwrap(), added);
    browser.page = form;
    let other = add(&mut browser, &[("email", "bob@example.com"), ("role", "developer")]).await;
    assert_eq!(other.status, 422);
    assert!(other.says("This form has added an operator already."), "{}", other.html);
    assert!(find(&hub, "bob@example.com").is_none());
}

#[actix_web::test]
async fn an_answer_that_is_sent_again_resets_no_password_a_second_time() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let question = browser.get(&path(&hub, Role::Viewer, "reset-password")).await.clone();
    let answer = answer_path(&question);
    assert!(!shown_password(&browser.post(&answer, &[]).await.html).is_empty());
    let reset = find(&hub, &email_of(Role::Viewer)).unwrap();
    browser.page = question;
    assert_eq!(browser.post(&answer, &[]).await.location(), OPERATORS);
    assert_eq!(find(&hub, &email_of(Role::Viewer)).unwrap(), reset);
    browser.get(OPERATORS).await;
    let without = browser.post(&path(&hub, Role::Viewer, "reset-password"), &[]).await;
    assert!(without.status == 403 && without.says("This form is out of date"));
}
