//! Secrets of endpoints: shown after the password was given again, rotated, retired.

use std::time::Duration;

use devhub_domain::audit::{AuditEntry, AuditFilter};
use devhub_domain::id::{EndpointId, EndpointSecretId};
use devhub_domain::operators::Role;
use devhub_domain::page::PageRequest;

use super::browser::{Browser, PASSWORD, Page, hub_with_operators};
use super::webhooks::{WEBHOOKS, endpoint, secret};
use crate::hub::{Hub, WORKSPACE};

const URL: &str = "https://shop.example/hook";
const OWN: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The secrets that sign, newest first.
fn signing(hub: &Hub, id: EndpointId) -> Vec<EndpointSecretId> {
    hub.services.endpoints.list_secrets(WORKSPACE, id).unwrap().iter().map(|secret| secret.id).collect()
}

fn entries(hub: &Hub, action: &str) -> Vec<AuditEntry> {
    let listed = hub.services.audit.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap();
    listed.items.into_iter().filter(|entry| entry.action == action).collect()
}

async fn rotate<'b>(browser: &'b mut Browser<'_>, id: EndpointId, fields: &[(&str, &str)]) -> &'b Page {
    let path = format!("{WEBHOOKS}/{id}/secrets/rotate");
    let form_id = browser.get(&path).await.hidden("form_id");
    browser.post(&path, &[&[("form_id", form_id.as_str())], fields].concat()).await
}

#[actix_web::test]
async fn a_secret_is_shown_after_the_password_was_given_again_and_each_time_is_audited() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let path = format!("{WEBHOOKS}/{id}/secrets/{}/reveal", signing(&hub, id)[0]);
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    browser.get(WEBHOOKS).await;
    hub.clock.advance(Duration::from_mins(10));
    let confirm = browser.get(&path).await.location().to_owned();
    assert!(confirm.starts_with("/admin/confirm-password?next=%2Fadmin%2Fdeveloper%2Fwebhooks%2Fwhe_"), "{confirm}");
    let next = browser.get(&confirm).await.hidden("next");
    let fields = [("password", PASSWORD), ("next", next.as_str())];
    assert_eq!(browser.post("/admin/confirm-password", &fields).await.location(), path);
    let question = browser.get(&path).await;
    assert!(question.says("data-confirm") && secret(question).is_none());
    assert!(entries(&hub, "endpoint.secret_revealed").is_empty(), "asking shows nothing");
    let shown = browser.post(&path, &[]).await;
    assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, "no-store"));
    assert!(secret(shown).is_some() && shown.says("data-once"));
    assert_eq!(entries(&hub, "endpoint.secret_revealed").len(), 1);
}

#[actix_web::test]
async fn a_form_that_was_opened_while_the_password_was_fresh_shows_nothing_later() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let path = format!("{WEBHOOKS}/{id}/secrets/{}/reveal", signing(&hub, id)[0]);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    assert_eq!(browser.get(&path).await.status, 200);
    hub.clock.advance(Duration::from_mins(10));
    assert!(browser.post(&path, &[]).await.location().starts_with("/admin/confirm-password?next="));
    assert!(entries(&hub, "endpoint.secret_revealed").is_empty());
}

#[actix_web::test]
async fn a_rotated_secret_is_shown_once_and_the_old_one_signs_until_its_grace_ends() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    hub.clock.advance(Duration::from_secs(1));
    let old = signing(&hub, id)[0];
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let page = rotate(&mut browser, id, &[("grace", "3600")]).await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
    let fresh = secret(page).unwrap();
    assert_eq!(signing(&hub, id).len(), 2);
    let page = browser.get(&format!("{WEBHOOKS}/{id}")).await;
    assert!(page.says("signs until") && page.says(&format!("/secrets/{old}/retire")) && !page.says(&fresh));
    hub.clock.advance(Duration::from_hours(1));
    assert_eq!(signing(&hub, id).len(), 1);
}

#[actix_web::test]
async fn a_rotation_that_is_sent_again_makes_no_second_secret() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let path = format!("{WEBHOOKS}/{id}/secrets/rotate");
    let form = browser.get(&path).await.clone();
    let form_id = form.hidden("form_id");
    let fields = [("form_id", form_id.as_str()), ("grace", "86400")];
    assert!(secret(browser.post(&path, &fields).await).is_some());
    browser.page = form;
    assert_eq!(browser.post(&path, &fields).await.location(), format!("{WEBHOOKS}/{id}"));
    assert_eq!(signing(&hub, id).len(), 2);
}

#[actix_web::test]
async fn a_secret_of_ones_own_is_never_sent_back_when_it_is_refused() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = rotate(&mut browser, id, &[("grace", "0"), ("secret", "not printable: ä")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("id=\"secret-error\"") && !page.says("not printable: ä"), "{}", page.html);
    assert_eq!(rotate(&mut browser, id, &[("grace", "soon")]).await.status, 422);
    assert_eq!(secret(rotate(&mut browser, id, &[("grace", "0"), ("secret", OWN)]).await).as_deref(), Some(OWN));
    let again = rotate(&mut browser, id, &[("grace", "0"), ("secret", OWN)]).await;
    assert!(again.status == 422 && again.says("The secret is the current one already"));
}

#[actix_web::test]
async fn an_old_secret_is_retired_when_somebody_says_so_and_the_current_one_never() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let old = signing(&hub, id)[0];
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let path = |secret| format!("{WEBHOOKS}/{id}/secrets/{secret}/retire");
    browser.get(&path(old)).await;
    assert_eq!(browser.post(&path(old), &[]).await.status, 409);
    rotate(&mut browser, id, &[("grace", "2592000")]).await;
    assert!(browser.get(&path(old)).await.says("data-confirm"));
    assert_eq!(browser.post(&path(old), &[]).await.location(), format!("{WEBHOOKS}/{id}"));
    assert!(browser.get(&format!("{WEBHOOKS}/{id}")).await.says("The secret is retired."));
    assert_eq!(signing(&hub, id).len(), 1);
}

#[actix_web::test]
async fn a_viewer_sees_which_secrets_there_are_and_none_of_them() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let current = signing(&hub, id)[0];
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(&format!("{WEBHOOKS}/{id}")).await;
    assert!(page.says(&current.to_string()) && !page.says("/reveal") && !page.says("/rotate"));
    for rest in [format!("{current}/reveal"), format!("{current}/retire"), "rotate".to_owned()] {
        let path = format!("{WEBHOOKS}/{id}/secrets/{rest}");
        assert_eq!(browser.get(&path).await.status, 403, "{rest}");
        browser.get(WEBHOOKS).await;
        let page = browser.post(&path, &[("grace", "0"), ("form_id", "00")]).await;
        assert_eq!(page.status, 403, "{rest}");
        assert!(secret(page).is_none());
    }
    assert!(entries(&hub, "endpoint.secret_revealed").is_empty());
}

#[actix_web::test]
async fn a_secret_that_is_not_there_is_not_shown() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let other = signing(&hub, endpoint(&hub, "https://other.example/"))[0];
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    for rest in [format!("{other}/reveal"), format!("{other}/retire"), "whs_1/reveal".to_owned()] {
        browser.get(WEBHOOKS).await;
        assert_eq!(browser.post(&format!("{WEBHOOKS}/{id}/secrets/{rest}"), &[]).await.status, 404, "{rest}");
    }
}
