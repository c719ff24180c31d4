//! The tab of webhooks: endpoints are added, changed, paused and deleted.

use devhub_domain::access::Asker;
use devhub_domain::id::EndpointId;
use devhub_domain::operators::Role;
use devhub_domain::page::PageRequest;
use devhub_domain::webhooks::{Endpoint, EndpointStatus, FirstStatus, NewEndpoint, SettingsChanges};

use super::browser::{Browser, Page, hub_with_operators};
use crate::callbacks::named;
use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

pub(super) const WEBHOOKS: &str = "/admin/developer/webhooks";
const URL: &str = "https://shop.example/hook";

/// An endpoint that wants everything.
pub(super) fn endpoint(hub: &Hub, url: &str) -> EndpointId {
    endpoint_of(hub, WORKSPACE, url, "")
}

pub(super) fn endpoint_of(
    hub: &Hub,
    workspace_id: devhub_domain::id::WorkspaceId,
    url: &str,
    description: &str,
) -> EndpointId {
    let new = NewEndpoint {
        url: url.to_owned(),
        description: description.to_owned(),
        event_types: vec!["*".parse().unwrap()],
        secret: None,
        settings: SettingsChanges::default(),
        status: FirstStatus::Active,
    };
    hub.services.endpoints.create(Asker::COMMAND_LINE, workspace_id, new).unwrap().commit().unwrap().endpoint.id
}

fn all(hub: &Hub) -> Vec<Endpoint> {
    hub.services.endpoints.list(WORKSPACE, PageRequest::default()).unwrap().items
}

fn status(hub: &Hub, id: EndpointId) -> EndpointStatus {
    hub.services.endpoints.find(WORKSPACE, id).unwrap().endpoint.status
}

/// Sends the form that the browser shows to where it was asked for.
async fn save<'b>(browser: &'b mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> &'b Page {
    let name = if path.ends_with("/edit") { "revision" } else { "form_id" };
    let mark = browser.page.hidden(name);
    browser.post(path, &[&[(name, mark.as_str())], fields].concat()).await
}

/// A secret on a page.
pub(super) fn secret(page: &Page) -> Option<String> {
    let (_, rest) = page.html.split_once("value=\"whsec_")?;
    Some(format!("whsec_{}", rest.split('"').next()?))
}

#[actix_web::test]
async fn an_endpoint_is_added_and_its_secret_shown_once() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    assert!(browser.get(WEBHOOKS).await.says("No webhook endpoints yet"));
    let form = browser.get(&format!("{WEBHOOKS}/new")).await;
    assert!(form.says("value=\"payment.completed\"") && form.says("A customer disputes a payment."));
    let fields = [
        ("url", URL),
        ("description", "Fulfilment"),
        ("event_types", "payment.completed"),
        ("patterns", "refund.* order.placed"),
        ("status", "active"),
    ];
    let page = save(&mut browser, &format!("{WEBHOOKS}/new"), &fields).await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
    let secret = secret(page).unwrap();
    let endpoints = all(&hub);
    let endpoint = &endpoints[0];
    let types: Vec<_> = endpoint.event_types.iter().map(|pattern| pattern.as_str()).collect();
    assert_eq!(types, ["payment.completed", "refund.*", "order.placed"]);
    assert_eq!((endpoint.description.as_str(), endpoint.status), ("Fulfilment", EndpointStatus::Active));
    for path in [WEBHOOKS.to_owned(), format!("{WEBHOOKS}/{}", endpoint.id)] {
        let page = browser.get(&path).await;
        assert!(page.says(URL) && page.says("Fulfilment") && page.says("refund.*") && !page.says(&secret), "{path}");
    }
}

#[actix_web::test]
async fn a_form_that_is_sent_again_adds_no_second_endpoint_and_shows_nothing() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let new = format!("{WEBHOOKS}/new");
    let form = browser.get(&new).await.clone();
    let fields = [("url", URL), ("patterns", "*")];
    assert!(secret(save(&mut browser, &new, &fields).await).is_some());
    browser.page = form.clone();
    let page_of = format!("{WEBHOOKS}/{}", all(&hub)[0].id);
    assert_eq!(save(&mut browser, &new, &fields).await.location(), page_of);
    assert!(browser.get(&page_of).await.says("This secret was shown already."));
    browser.page = form;
    let changed = save(&mut browser, &new, &[("url", "https://other.example/"), ("patterns", "*")]).await;
    assert_eq!(changed.status, 409);
    assert!(changed.says("This form has added an endpoint already"));
    assert_eq!(all(&hub).len(), 1);
}

#[actix_web::test]
async fn what_is_wrong_is_told_at_its_field_and_nothing_need_be_typed_again() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let new = format!("{WEBHOOKS}/new");
    let long = "x".repeat(201);
    for (fields, field, told) in [
        ([("url", "http://shop.example/"), ("description", "Fulfilment"), ("patterns", "*")], "url", "must use https"),
        ([("url", "https://10.0.0.7/"), ("description", "Fulfilment"), ("patterns", "*")], "url", "10.0.0.7"),
        ([("url", URL), ("description", "Fulfilment"), ("patterns", "")], "event_types", "Choose at least one event"),
        ([("url", URL), ("description", "Fulfilment"), ("patterns", "payment.")], "patterns", "“payment.”"),
        ([("url", URL), ("description", &long), ("patterns", "*")], "description", "at most 200 characters"),
    ] {
        browser.get(&new).await;
        let page = save(&mut browser, &new, &fields).await;
        assert_eq!(page.status, 422, "{told}");
        assert!(page.says(told) && page.says(&format!("id=\"{field}-error\"")), "{told}: {}", page.html);
        assert!(page.says(&format!("value=\"{}\"", fields[0].1)) && page.says(fields[1].1), "{told}");
    }
    assert!(all(&hub).is_empty());
}

#[actix_web::test]
async fn an_endpoint_can_begin_paused() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let new = format!("{WEBHOOKS}/new");
    browser.get(&new).await;
    let page = save(&mut browser, &new, &[("url", URL), ("patterns", "*"), ("status", "paused")]).await;
    assert!(secret(page).is_some());
    let endpoint = &all(&hub)[0];
    assert_eq!((endpoint.status, endpoint.revision), (EndpointStatus::Paused, 1), "it was never anything else");
}

#[actix_web::test]
async fn a_form_that_is_sent_again_after_a_cut_finds_its_endpoint_paused() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let new = format!("{WEBHOOKS}/new");
    let form = browser.get(&new).await.clone();
    let fields = [("url", URL), ("patterns", "*"), ("status", "paused")];
    save(&mut browser, &new, &fields).await;
    browser.page = form;
    let page_of = format!("{WEBHOOKS}/{}", all(&hub)[0].id);
    assert_eq!(save(&mut browser, &new, &fields).await.location(), page_of);
    let endpoints = all(&hub);
    assert_eq!((endpoints.len(), endpoints[0].status), (1, EndpointStatus::Paused));
}

#[actix_web::test]
async fn an_endpoint_is_changed_with_its_status() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let path = format!("{WEBHOOKS}/{id}/edit");
    assert!(browser.get(&path).await.says("value=\"*\"") && browser.page.says(&format!("value=\"{URL}\"")));
    let fields = [("url", "https://new.example/"), ("event_types", "refund.created"), ("status", "paused")];
    assert_eq!(save(&mut browser, &path, &fields).await.location(), format!("{WEBHOOKS}/{id}"));
    assert!(browser.get(&format!("{WEBHOOKS}/{id}")).await.says("The endpoint is saved."));
    let found = hub.services.endpoints.find(WORKSPACE, id).unwrap();
    assert_eq!(found.endpoint.url.as_str(), "https://new.example/");
    assert_eq!(found.endpoint.status, EndpointStatus::Paused);
    browser.get(&path).await;
    assert!(browser.page.says("value=\"refund.created\" checked"));
    save(&mut browser, &path, &[&fields[..2], &[("status", "active")]].concat()).await;
    assert_eq!(status(&hub, id), EndpointStatus::Active);
}

#[actix_web::test]
async fn a_change_by_somebody_else_is_not_written_over_unseen() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let path = format!("{WEBHOOKS}/{id}/edit");
    browser.get(&path).await;
    hub.services.endpoints.pause(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
    let fields = [("url", URL), ("description", "Mine"), ("patterns", "*"), ("status", "paused")];
    let page = save(&mut browser, &path, &fields).await;
    assert_eq!(page.status, 409);
    assert!(page.says("Somebody else has changed this endpoint meanwhile") && page.says("value=\"Mine\""));
    assert_eq!(save(&mut browser, &path, &fields).await.status, 303, "who was told writes over it");
}

#[actix_web::test]
async fn whoever_pauses_an_endpoint_is_told_how_long_its_events_are_kept() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let kept = "kept for it for 30 days.";
    assert!(browser.get(&format!("{WEBHOOKS}/new")).await.says(kept));
    let path = format!("{WEBHOOKS}/{id}/pause");
    assert!(browser.get(&path).await.says(kept));
    let back = browser.post(&path, &[]).await.location().to_owned();
    assert!(browser.get(&back).await.says(kept), "{}", browser.page.html);
}

#[actix_web::test]
async fn pause_resume_and_delete_are_asked_for_and_then_done() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    for (word, notice, expected) in [
        ("pause", "The endpoint is paused.", EndpointStatus::Paused),
        ("resume", "The endpoint is resumed.", EndpointStatus::Active),
    ] {
        let path = format!("{WEBHOOKS}/{id}/{word}");
        let before = status(&hub, id);
        let question = browser.get(&path).await;
        assert!(question.says("data-confirm") && question.says(URL), "{word}");
        assert_eq!(status(&hub, id), before, "asking changes nothing");
        assert_eq!(browser.post(&path, &[]).await.location(), format!("{WEBHOOKS}/{id}"));
        assert!(browser.get(&format!("{WEBHOOKS}/{id}")).await.says(notice), "{word}");
        assert_eq!(status(&hub, id), expected, "{word}");
    }
    let path = format!("{WEBHOOKS}/{id}/delete");
    assert!(browser.get(&path).await.says("This is final."));
    assert_eq!(browser.post(&path, &[]).await.location(), WEBHOOKS);
    assert!(browser.get(WEBHOOKS).await.says("The endpoint is deleted.") && !browser.page.says(URL));
    assert_eq!(browser.get(&format!("{WEBHOOKS}/{id}")).await.status, 404);
}

#[actix_web::test]
async fn an_endpoint_of_another_workspace_is_not_there() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let other = endpoint_of(&hub, OTHER_WORKSPACE, "https://theirs.example/", "");
    assert!(!browser.get(WEBHOOKS).await.says("theirs.example"));
    for rest in ["", "/edit", "/pause", "/resume", "/delete", "/destroy"] {
        assert_eq!(browser.get(&format!("{WEBHOOKS}/{other}{rest}")).await.status, 404, "{rest}");
    }
    for rest in ["/edit", "/pause", "/resume", "/delete", "/destroy"] {
        browser.get("/admin/account").await;
        assert_eq!(browser.post(&format!("{WEBHOOKS}/{other}{rest}"), &[]).await.status, 404, "{rest}");
    }
}

#[actix_web::test]
async fn a_viewer_sees_endpoints_and_changes_none_of_them() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    for path in [WEBHOOKS.to_owned(), format!("{WEBHOOKS}/{id}")] {
        let page = browser.get(&path).await;
        assert!(page.says(URL), "{path}");
        for word in ["/new", "/edit", "/pause", "/delete", "Actions"] {
            assert!(!page.says(word), "{path}: {word}");
        }
    }
    for path in ["new".to_owned(), format!("{id}/edit"), format!("{id}/pause"), format!("{id}/delete")] {
        let path = format!("{WEBHOOKS}/{path}");
        assert_eq!(browser.get(&path).await.status, 403, "{path}");
        browser.get(WEBHOOKS).await;
        let page = browser.post(&path, &[("url", URL), ("patterns", "*"), ("form_id", "00")]).await;
        assert_eq!(page.status, 403, "{path}");
        assert!(page.says("Your role does not allow this."), "{path}");
    }
    assert_eq!((all(&hub).len(), status(&hub, id)), (1, EndpointStatus::Active));
}

#[actix_web::test]
async fn long_lists_have_pages() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    for number in 0..21 {
        endpoint(&hub, &format!("https://shop{number:02}.example/"));
        hub.clock.advance(std::time::Duration::from_millis(1));
    }
    let page = browser.get(WEBHOOKS).await;
    assert!(page.says("shop20") && page.says("shop01") && !page.says("shop00"));
    let (before, _) = page.html.split_once("rel=\"next\"").unwrap();
    let older = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap().to_owned();
    assert!(browser.get(&older).await.says("shop00") && !browser.page.says("shop01"));
}

#[actix_web::test]
async fn an_endpoint_that_payments_name_is_changed_without_choosing_events() {
    let hub = hub_with_operators();
    let id = named(&hub);
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    assert!(browser.get(WEBHOOKS).await.says("Payments that name it"));
    let page_of = format!("{WEBHOOKS}/{id}");
    assert!(browser.get(&page_of).await.says("Payments that name it"));
    let edit = format!("{page_of}/edit");
    let form = browser.get(&edit).await;
    assert!(form.says("Payments name this address") && !form.says("value=\"payment.completed\""));
    let fields = [("url", "https://shop-1.example/hook"), ("description", "The till"), ("status", "active")];
    assert_eq!(save(&mut browser, &edit, &fields).await.location(), page_of);
    let saved = all(&hub).remove(0);
    assert_eq!((saved.description.as_str(), saved.event_types.len()), ("The till", 0));
}
