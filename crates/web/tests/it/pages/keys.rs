//! The tab of API keys.

use actix_web::http::Method;
use devhub_domain::api_keys::{Environment, KeyStatus, NewApiKey};
use devhub_domain::operators::Role;
use devhub_domain::testing::label;
use devhub_domain::time::Clock as _;

use super::browser::{Browser, Page, hub_with_operators};
use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, request};

const KEYS: &str = "/admin/developer/api-keys";

/// Sends the form of the page that the browser shows.
async fn generate<'b>(browser: &'b mut Browser<'_>, fields: &[(&str, &str)]) -> &'b Page {
    let id = browser.page.hidden("form_id");
    let fields = [&[("form_id", id.as_str()), ("environment", "live"), ("expires", "")], fields].concat();
    browser.post(KEYS, &fields).await
}

/// The token on a page.
fn token(page: &Page) -> Option<&str> {
    let (_, rest) = page.html.split_once("value=\"op_")?;
    let rest = rest.split('"').next()?;
    page.html.get(page.html.find(&format!("op_{rest}"))?..).and_then(|text| text.get(..rest.len() + 3))
}

async fn whoami(hub: &Hub, token: &str) -> u16 {
    let req = request(Method::GET, "/api/hub/v1/whoami").insert_header(("authorization", format!("Bearer {token}")));
    hub.send(req).await.status.as_u16()
}

#[actix_web::test]
async fn a_generated_key_is_shown_once_and_works() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    assert!(browser.get(KEYS).await.says("No API keys yet"));
    let page =
        generate(&mut browser, &[("label", "WooCommerce Plugin"), ("scopes", "read"), ("scopes", "write")]).await;
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
    assert!(page.says("New API Key Generated") && page.says("WooCommerce Plugin"));
    let token = token(page).unwrap().to_owned();
    assert_eq!(token.len(), 60, "OwnPay wire contract §1.1");
    assert!(page.says(&format!("OWNPAY_API_KEY={token}")));
    assert!(
        page.says(&format!("Authorization: Bearer {token}")) && page.says("http://localhost:8780/api/hub/v1/whoami")
    );
    assert_eq!(whoami(&hub, &token).await, 200);
    let page = browser.get(KEYS).await;
    assert!(page.says("WooCommerce Plugin") && !page.says(&token) && !page.says(token.split_once('.').unwrap().1));
}

#[actix_web::test]
async fn a_form_that_is_sent_again_makes_no_second_key_and_shows_nothing() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let form = browser.get(KEYS).await.clone();
    let fields = [("label", "Shop"), ("scopes", "read")];
    let first = token(generate(&mut browser, &fields).await).unwrap().to_owned();
    browser.page = form.clone();
    let again = generate(&mut browser, &fields).await;
    assert_eq!(again.status, 200);
    assert!(again.says("This key was already shown") && again.says("Shop (op_") && !again.says(&first));
    assert_eq!(again.html.matches("/revoke").count(), 1, "there is one key");
    browser.page = form;
    let changed = generate(&mut browser, &[("label", "Another shop"), ("scopes", "read")]).await;
    assert_eq!(changed.status, 422);
    assert!(changed.says("This form has made a key already"));
}

#[actix_web::test]
async fn what_is_wrong_is_told_at_its_field_and_nothing_need_be_typed_again() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let long = "x".repeat(101);
    for (fields, told) in [
        (vec![("label", ""), ("scopes", "read")], "Label must be 1 to 100 characters"),
        (vec![("label", long.as_str()), ("scopes", "read")], "Label must be 1 to 100 characters"),
        (vec![("label", "Shop")], "Choose at least one scope."),
        (vec![("label", "Shop"), ("scopes", "everything")], "Choose at least one scope."),
        (vec![("label", "Shop"), ("scopes", "read"), ("expires", "soon")], "Choose when the key expires."),
    ] {
        browser.get(KEYS).await;
        // The first value of a field counts, so what is tested goes before what the form has.
        let id = browser.page.hidden("form_id");
        let rest = [("form_id", id.as_str()), ("environment", "live"), ("expires", "")];
        let page = browser.post(KEYS, &[&fields[..], &rest].concat()).await;
        assert_eq!(page.status, 422, "{fields:?}");
        assert!(page.says(told) && page.says("No key was generated"), "{fields:?}: {}", page.html);
    }
    browser.get(KEYS).await;
    let page = generate(&mut browser, &[("label", "Nightly report")]).await;
    assert!(page.says("value=\"Nightly report\""));
}

#[actix_web::test]
async fn a_key_expires_at_the_end_of_the_day_that_was_chosen() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let today = hub.clock.now().to_string();
    let (day, _) = today.split_once('T').unwrap();
    let id = browser.get(KEYS).await.hidden("form_id");
    let fields = |date| {
        [
            ("form_id", id.as_str()),
            ("label", "Shop"),
            ("scopes", "read"),
            ("environment", "test"),
            ("expires", "date"),
            ("expires_on", date),
        ]
    };
    assert!(browser.post(KEYS, &fields("2001-01-01")).await.says("Choose a date from today on."));
    assert!(browser.post(KEYS, &fields("soon")).await.says("Choose a date, such as 2027-01-31."));
    let page = browser.post(KEYS, &fields(day)).await;
    let token = token(page).unwrap().to_owned();
    assert_eq!(whoami(&hub, &token).await, 200);
    hub.clock.advance(std::time::Duration::from_hours(24));
    assert_eq!(whoami(&hub, &token).await, 401);
}

#[actix_web::test]
async fn lock_unlock_and_revoke_are_asked_for_and_then_done_at_once() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let issued = hub.key("read");
    let token = issued.token.secret();
    for (word, notice, expected) in
        [("lock", "Shop is locked.", 401), ("unlock", "Shop is unlocked.", 200), ("revoke", "Shop is revoked.", 401)]
    {
        let path = format!("{KEYS}/{}/{word}?status=active&q=Shop", issued.key.id);
        let before = hub.services.keys.find(WORKSPACE, issued.key.id).unwrap().status;
        assert!(browser.get(&path).await.says("data-confirm"), "{word}");
        assert_eq!(hub.services.keys.find(WORKSPACE, issued.key.id).unwrap().status, before, "asking changes nothing");
        assert_eq!(browser.post(&path, &[]).await.location(), "/admin/developer/api-keys?q=Shop&status=active");
        assert!(browser.get(KEYS).await.says(notice), "{word}");
        assert_eq!(whoami(&hub, token.expose()).await, expected, "{word}");
    }
    let page = browser.get(KEYS).await;
    assert!(!page.says("/lock") && !page.says("/unlock") && !page.says("/revoke"), "nothing is left to do");
}

#[actix_web::test]
async fn a_revoked_key_does_not_come_back_to_life() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let issued = hub.key("read");
    hub.revoke(issued.key.id);
    for word in ["lock", "unlock"] {
        browser.get("/admin/account").await;
        let page = browser.post(&format!("{KEYS}/{}/{word}", issued.key.id), &[]).await;
        assert_eq!(page.status, 409, "{word}");
    }
    assert_eq!(hub.services.keys.find(WORKSPACE, issued.key.id).unwrap().status, KeyStatus::Revoked);
}

#[actix_web::test]
async fn a_key_of_another_workspace_is_not_there() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let other = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Theirs")));
    assert!(!browser.get(KEYS).await.says("Theirs"));
    for path in [
        format!("{KEYS}/{}/revoke", other.key.id),
        format!("{KEYS}/key_1/revoke"),
        format!("{KEYS}/{}/destroy", other.key.id),
    ] {
        assert_eq!(browser.get(&path).await.status, 404, "{path}");
        browser.get("/admin/account").await;
        assert_eq!(browser.post(&path, &[]).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn keys_are_searched_and_filtered_by_the_address() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let issue = |name: &str, environment: &str| {
        let environment = Environment::new(environment).unwrap();
        hub.issue(WORKSPACE, NewApiKey { environment, ..NewApiKey::with_label(label(name)) })
    };
    let (woo, _report) = (issue("WooCommerce Plugin", "live"), issue("Nightly report", "test"));
    hub.services.keys.lock(devhub_domain::access::Asker::COMMAND_LINE, WORKSPACE, woo.key.id).commit().unwrap();
    let prefix = format!("op_{}", woo.key.prefix);
    for (query, shows_woo, shows_report) in [
        ("", true, true),
        ("?q=wooc", true, false),
        (&format!("?q={prefix}"), true, false),
        ("?status=locked", true, false),
        ("?status=active", false, true),
        ("?env=test", false, true),
        ("?status=locked&env=test", false, false),
        ("?status=unheard-of", true, true),
    ] {
        let page = browser.get(&format!("{KEYS}{query}")).await;
        assert_eq!(
            (page.says("WooCommerce Plugin"), page.says("Nightly report")),
            (shows_woo, shows_report),
            "{query}"
        );
        assert_eq!(page.says("No key matches"), !shows_woo && !shows_report, "{query}");
    }
}

#[actix_web::test]
async fn a_token_that_is_pasted_into_the_search_does_not_stay_in_the_address() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let issued = hub.key("read");
    let path = format!("{KEYS}?q={}", issued.token.secret().expose());
    let shorter = format!("{KEYS}?q=op_{}", issued.key.prefix);
    assert_eq!(browser.get(&path).await.location(), shorter);
    assert!(browser.get(&shorter).await.says(&issued.key.prefix));
}

#[actix_web::test]
async fn long_lists_have_pages() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    for number in 0..51 {
        hub.issue(WORKSPACE, NewApiKey::with_label(label(&format!("Shop {number:03}"))));
        hub.clock.advance(std::time::Duration::from_millis(1));
    }
    let page = browser.get(KEYS).await;
    assert!(page.says("Shop 050") && page.says("Shop 001") && !page.says("Shop 000"));
    let (before, _) = page.html.split_once("rel=\"next\"").unwrap();
    let older = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap().to_owned();
    let page = browser.get(&older).await;
    assert!(page.says("Shop 000") && !page.says("Shop 001") && page.says("Newest"));
}

#[actix_web::test]
async fn text_of_strangers_is_shown_as_text() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let attack = "\"><script>alert(1)</script>";
    let issued = hub.issue(WORKSPACE, NewApiKey::with_label(label(attack)));
    for path in [KEYS.to_owned(), format!("{KEYS}?q=%22%3E%3Cscript%3E"), format!("{KEYS}/{}/revoke", issued.key.id)] {
        let page = browser.get(&path).await;
        assert!(!page.says("<script>alert") && page.says("alert(1)"), "{path}");
    }
}

#[actix_web::test]
async fn what_cannot_be_done_to_a_key_is_not_asked_for() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let issued = hub.key("read");
    hub.revoke(issued.key.id);
    let page = browser.get(&format!("{KEYS}/{}/lock", issued.key.id)).await;
    assert_eq!(page.status, 409);
    assert!(page.says("Shop is revoked now.") && !page.says("data-confirm"), "{}", page.html);
}

#[actix_web::test]
async fn a_date_without_the_choice_that_it_belongs_to_is_not_passed_over() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(KEYS).await;
    let page = generate(&mut browser, &[("label", "Shop"), ("scopes", "read"), ("expires_on", "2027-01-31")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("Choose “On a date…”, or clear the date.") && page.says("value=\"2027-01-31\""));
}

#[actix_web::test]
async fn a_form_that_has_lain_open_for_a_day_is_not_taken() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let id = browser.get(KEYS).await.hidden("form_id");
    for _ in 0..3 {
        hub.clock.advance(std::time::Duration::from_hours(8));
        browser.get(KEYS).await;
    }
    let fields =
        [("form_id", id.as_str()), ("label", "Shop"), ("scopes", "read"), ("environment", "live"), ("expires", "")];
    assert_eq!(browser.post(KEYS, &fields).await.status, 403);
}

#[actix_web::test]
async fn an_environment_of_ones_own_is_offered_where_it_is_in_force() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let environment = Environment::new("staging").unwrap();
    hub.issue(WORKSPACE, NewApiKey { environment, ..NewApiKey::with_label(label("Shop")) });
    let page = browser.get(&format!("{KEYS}?env=staging")).await;
    assert!(page.says("Shop") && page.says("<option value=\"staging\" selected>"), "{}", page.html);
}

#[actix_web::test]
async fn keys_of_a_suspended_workspace_are_shown_with_a_warning() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    hub.suspend(WORKSPACE);
    assert!(browser.get(KEYS).await.says("This workspace is suspended"));
}
