//! Test sends: the whole attempt is the answer to the form.

use devhub_domain::access::Asker;
use devhub_domain::events::{NewOwnType, Payload, TypeDescription};
use devhub_domain::operators::Role;

use super::browser::{Browser, hub_with_operators};
use super::webhooks::{WEBHOOKS, endpoint};
use crate::hub::{Hub, WORKSPACE};

const URL: &str = "https://shop.example/hook";

fn add_type(hub: &Hub, name: &str, sample: &str) {
    let new = NewOwnType {
        name: name.parse().unwrap(),
        description: TypeDescription::new("An order was placed.").unwrap(),
        schema: "{}".to_owned(),
        sample: Payload::new(sample.as_bytes(), 1_000).unwrap(),
    };
    hub.services.event_types.create(Asker::COMMAND_LINE, WORKSPACE, new).unwrap().commit().unwrap();
}

#[actix_web::test]
async fn a_test_shows_the_request_and_what_was_answered() {
    let hub = hub_with_operators();
    let path = format!("{WEBHOOKS}/{}/test", endpoint(&hub, URL));
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let form = browser.get(&path).await;
    assert!(form.says("<option value=\"webhook.test\" selected>") && form.says("value=\"payment.completed\""));
    let page = browser.post(&path, &[("event_type", "payment.completed")]).await;
    assert_eq!(page.status, 200);
    // The receiver of these tests answers 201 with what it was sent.
    for text in ["201", &format!("POST {URL}"), "webhook-id: evt_", "webhook-signature: v1,", "server: echo", "1.5 ms"]
    {
        assert!(page.says(text), "{text}: {}", page.html);
    }
    assert!(page.says("set-cookie: …") && !page.says("sid=secret"));
    assert_eq!(
        page.html.matches("&#34;event&#34;:&#34;payment.completed&#34;").count(),
        3,
        "sent, answered, and the line for curl"
    );
}

#[actix_web::test]
async fn a_type_of_ones_own_is_sent_with_its_sample_as_text() {
    let hub = hub_with_operators();
    let path = format!("{WEBHOOKS}/{}/test", endpoint(&hub, URL));
    add_type(&hub, "order.placed", "{\"note\":\"</pre><script>alert(1)</script>\"}");
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(&path).await;
    let page = browser.post(&path, &[("event_type", "order.placed")]).await;
    assert!(page.status == 200 && page.says("alert(1)") && !page.says("<script>alert"));
}

#[actix_web::test]
async fn a_type_that_nobody_knows_is_told_at_its_field() {
    let hub = hub_with_operators();
    let path = format!("{WEBHOOKS}/{}/test", endpoint(&hub, URL));
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    for name in ["", "order.placed", "no type", "payment.*"] {
        browser.get(&path).await;
        let page = browser.post(&path, &[("event_type", name)]).await;
        assert!(page.status == 422 && page.says("Choose a type of the catalogue."), "{name}");
    }
}

#[actix_web::test]
async fn a_viewer_sends_no_test() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, URL);
    let path = format!("{WEBHOOKS}/{id}/test");
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(!browser.get(&format!("{WEBHOOKS}/{id}")).await.says("/test"));
    assert_eq!(browser.get(&path).await.status, 403);
    browser.get(WEBHOOKS).await;
    assert_eq!(browser.post(&path, &[("event_type", "webhook.test")]).await.status, 403);
}
