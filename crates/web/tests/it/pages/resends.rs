//! Sending many deliveries again: counted first, begun once, watched, stopped.

use devhub_domain::operators::Role;
use devhub_domain::page::PageRequest;

use super::browser::{Browser, hub_with_operators};
use super::deliveries::publish;
use super::webhooks::endpoint;
use crate::hub::{Hub, WORKSPACE};

const NEW: &str = "/admin/developer/resends/new";
const RESENDS: &str = "/admin/developer/resends";

fn jobs(hub: &Hub) -> Vec<devhub_domain::resends::Standing> {
    hub.services.resends.list(WORKSPACE, PageRequest::default()).unwrap().items
}

#[actix_web::test]
async fn what_matches_is_counted_before_anything_is_sent() {
    let hub = hub_with_operators();
    let id = endpoint(&hub, "https://shop.example/hook");
    publish(&hub, WORKSPACE, "payment.completed", "{}");
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    assert!(!browser.get(NEW).await.says("match"));
    let counted = browser.get(&format!("{NEW}?endpoint={id}&type=payment.completed&from=2020-01-01")).await;
    assert!(counted.says("1 delivery matches") && counted.says("https://shop.example/hook"), "{}", counted.html);
    assert!(jobs(&hub).is_empty());
    let none = browser.get(&format!("{NEW}?status=exhausted")).await;
    assert!(none.says("0 deliveries match") && none.says("There is nothing to send again."));
    let wrong = browser.get(&format!("{NEW}?from=yesterday")).await;
    assert!(wrong.says("Type a day and a time") && wrong.says("value=\"yesterday\""));
}

#[actix_web::test]
async fn a_job_is_begun_paused_resumed_and_cancelled() {
    let hub = hub_with_operators();
    endpoint(&hub, "https://shop.example/hook");
    publish(&hub, WORKSPACE, "payment.completed", "{}");
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    browser.get(&format!("{NEW}?type=payment.completed")).await;
    let fields = [("type", "payment.completed")];
    let job = browser.post(RESENDS, &fields).await.location().to_owned();
    assert!(job.starts_with(&format!("{RESENDS}/job_")));
    let page = browser.get(&job).await;
    assert!(page.says("Running") && page.says("0 of 1 delivery looked at.") && page.says(">Refresh</a>"));
    browser.get(NEW).await;
    let another = browser.post(RESENDS, &fields).await;
    assert!(another.status == 409 && another.says("Nothing was begun") && another.says(&job));
    for (word, state) in [("pause", "Paused"), ("resume", "Running"), ("cancel", "Cancelled")] {
        assert_eq!(browser.post(&format!("{job}/{word}"), &[]).await.location(), job, "{word}");
        assert!(browser.get(&job).await.says(state), "{state}");
    }
    let over = browser.post(&format!("{job}/pause"), &[]).await;
    assert!(over.status == 409 && over.says("Nothing was changed"));
    assert!(browser.get(RESENDS).await.says("Cancelled"));
}

#[actix_web::test]
async fn what_a_job_goes_through_is_counted_by_the_hub_and_not_by_the_form() {
    let hub = hub_with_operators();
    endpoint(&hub, "https://shop.example/hook");
    for _ in 0..3 {
        publish(&hub, WORKSPACE, "payment.completed", "{}");
    }
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let counted = browser.get(&format!("{NEW}?type=payment.completed")).await;
    assert!(!counted.says("name=\"estimate\""), "{}", counted.html);
    publish(&hub, WORKSPACE, "payment.completed", "{}");
    let job = browser.post(RESENDS, &[("type", "payment.completed"), ("estimate", "9000")]).await;
    let job = job.location().to_owned();
    assert_eq!(jobs(&hub)[0].job.estimate, 4, "one was published since the form was shown");
    let page = browser.get(&job).await;
    assert!(page.says("role=\"status\"") && page.says(">0 % of 4 deliveries looked at.<"), "{}", page.html);
    assert!(page.says("<title>Running: deliveries sent again"));
}

#[actix_web::test]
async fn a_viewer_counts_and_begins_nothing() {
    let hub = hub_with_operators();
    endpoint(&hub, "https://shop.example/hook");
    publish(&hub, WORKSPACE, "payment.completed", "{}");
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(&format!("{NEW}?type=payment.completed")).await;
    assert!(page.says("1 delivery matches") && page.says("Owners, admins and developers can send"));
    let refused = browser.post(RESENDS, &[("type", "payment.completed")]).await.status;
    assert_eq!((refused.as_u16(), jobs(&hub).len()), (403, 0));
}
