//! The first page: how the hub has done, what needs somebody, and what to do first.

use std::time::Duration;

use actix_web::test::TestRequest;
use devhub_domain::operators::Role;
use devhub_domain::usage::{AnswerKind, Call};

use super::browser::{Browser, hub_with_operators};

const OVERVIEW: &str = "/admin/overview";

#[actix_web::test]
async fn a_new_hub_says_what_to_do_first() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = browser.get(OVERVIEW).await;
    assert!(page.says("First steps") && page.says("Create an API key") && !page.says("class=\"is-done\""));
    hub.key("read");
    let page = browser.get(OVERVIEW).await;
    assert_eq!(page.html.matches("class=\"is-done\"").count(), 1, "{}", page.html);
    let mut viewer = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(!viewer.get(OVERVIEW).await.says("First steps"), "whoever may do nothing is asked for nothing");
}

#[actix_web::test]
async fn calls_are_counted_for_the_workspace_by_answer_and_by_reason() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    hub.get("/api/hub/v1/whoami", &key).await;
    hub.get("/api/hub/v1/keys", &key).await;
    hub.services.usage.flush().unwrap();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    for period in ["", "?period=7d"] {
        let page = browser.get(&format!("{OVERVIEW}{period}")).await;
        assert!(page.says("<span class=\"label\">API calls</span><strong>2</strong>"), "{}", page.html);
        assert!(page.says("<strong>1</strong><span class=\"note\">most: insufficient scope</span>"));
        assert!(page.says("2xx 1, 4xx 1</title>"), "{}", page.html);
    }
}

#[actix_web::test]
async fn latencies_of_calls_stand_beside_those_of_attempts() {
    let hub = hub_with_operators();
    let key_id = hub.key("read").key.id;
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(OVERVIEW).await;
    assert!(page.says("95 % of calls within</span><strong>–</strong>"), "{}", page.html);
    assert_eq!(page.html.matches("nothing was timed in the last 24 hours").count(), 2);
    for took in [5, 5, 300] {
        let took = Some(Duration::from_millis(took));
        hub.services.usage.count(&Call { key_id, address: None, answer: AnswerKind::Success, refusal: None, took });
    }
    hub.services.usage.flush().unwrap();
    for period in ["", "?period=7d"] {
        let page = browser.get(&format!("{OVERVIEW}{period}")).await;
        assert!(page.says("Latency of API calls<") && page.says("half within 6, 95 % within 384</title>"));
        assert!(page.says("<td>6</td><td>384</td>"), "{}", page.html);
    }
}

#[actix_web::test]
async fn tokens_that_no_key_has_are_told_by_network() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(OVERVIEW).await;
    assert!(page.says("None in the last 24 hours: every token was one of this hub."), "{}", page.html);
    let unknown = "op_00000000.0000000000000000000000000000000000000000deadbeef";
    for token in [unknown, unknown, "op_x"] {
        let req = TestRequest::get().uri("/api/hub/v1/whoami");
        hub.send(req.insert_header(("authorization", format!("Bearer {token}")))).await;
    }
    hub.services.usage.flush().unwrap();
    for period in ["", "?period=7d"] {
        let page = browser.get(&format!("{OVERVIEW}{period}")).await;
        let figure =
            "<span class=\"label\">Unknown tokens</span><strong>3</strong><span class=\"note\">from 1 network<";
        assert!(page.says(figure) && page.says("127.0.0.0/24"), "{}", page.html);
        assert!(!page.says("deadbeef"));
    }
    hub.clock.advance(Duration::from_hours(48));
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(browser.get(OVERVIEW).await.says("<span class=\"label\">Unknown tokens</span><strong>0</strong>"));
    assert!(browser.get(&format!("{OVERVIEW}?period=7d")).await.says("127.0.0.0/24"));
}

#[actix_web::test]
async fn a_week_of_plots_stays_small() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    hub.get("/api/hub/v1/whoami", &key).await;
    hub.services.usage.flush().unwrap();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(&format!("{OVERVIEW}?period=7d")).await;
    assert!(page.html.len() < 200_000, "{} bytes before compression", page.html.len());
}
