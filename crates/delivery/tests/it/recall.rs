//! What becomes of deliveries in memory when their endpoint is changed, and when somebody asks for one once more.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::notices::Notice;
use devhub_domain::webhooks::{
    Close, Delivery, DeliveryState, EndpointChanges, Grace, NewSecret, RetrySchedule, Upkeep,
};

use crate::support::{Hub, Received, WORKSPACE, gated, is_delivered, is_waiting, limits, saying, willing};

const ME: Asker = Asker::COMMAND_LINE;

fn is_first(delivery: &Delivery) -> bool {
    delivery.event_type.as_str() == "payment.created"
}

/// A change of an endpoint's address.
fn moved_to(url: String) -> EndpointChanges {
    EndpointChanges { url: Some(url), ..EndpointChanges::default() }
}

#[tokio::test]
async fn case_20_a_paused_endpoint_gets_what_is_on_its_way_and_nothing_more() {
    let (receiver, arrived, leave) = gated().await;
    let hub = Hub::new(limits(4, 1));
    let endpoint_id = hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    hub.publish(&engine.dispatcher(), "payment.created", 1);
    arrived.acquire().await.unwrap().forget();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    endpoints.pause(ME, WORKSPACE, endpoint_id).commit().unwrap();
    // At once: the receiver has not answered the first.
    hub.all(|delivery| is_first(delivery) || is_waiting(delivery)).await;
    leave.add_permits(2);
    hub.all(|delivery| if is_first(delivery) { is_delivered(delivery) } else { is_waiting(delivery) }).await;
    assert_eq!(receiver.requests().len(), 1);
    endpoints.resume(ME, WORKSPACE, endpoint_id).commit().unwrap();
    hub.all(is_delivered).await;
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn case_20_what_waits_for_its_turn_goes_to_the_new_address() {
    let ((before, arrived, leave), after) = (gated().await, willing().await);
    let hub = Hub::new(limits(4, 1));
    let endpoint_id = hub.endpoint(&before.url(), "*");
    let engine = hub.start();
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    hub.publish(&engine.dispatcher(), "payment.created", 1);
    arrived.acquire().await.unwrap().forget();
    hub.publish(&engine.dispatcher(), "payment.completed", 2);
    endpoints.update(ME, WORKSPACE, endpoint_id, moved_to(after.url())).unwrap().commit().unwrap();
    leave.add_permits(3);
    hub.all(is_delivered).await;
    assert_eq!((before.requests().len(), after.requests().len()), (1, 2));
}

#[tokio::test]
async fn what_was_accepted_before_an_edit_and_comes_after_it_goes_to_the_new_address() {
    let (before, after) = (willing().await, willing().await);
    let hub = Hub::new(limits(4, 1));
    let endpoint_id = hub.endpoint(&before.url(), "*");
    let engine = hub.start();
    // As by a publish that read the endpoint before its change and ended after it.
    let late = hub.lease(&engine.dispatcher(), "payment.completed", 1);
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    endpoints.update(ME, WORKSPACE, endpoint_id, moved_to(after.url())).unwrap().commit().unwrap();
    engine.dispatcher().dispatch(late);
    hub.all(is_delivered).await;
    assert_eq!((before.requests().len(), after.requests().len()), (0, 1));
}

#[tokio::test]
async fn case_17_what_waits_for_its_turn_is_signed_with_the_secrets_after_a_rotation() {
    let (receiver, arrived, leave) = gated().await;
    let hub = Hub::new(limits(4, 1));
    let endpoint_id = hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    hub.publish(&engine.dispatcher(), "payment.created", 1);
    arrived.acquire().await.unwrap().forget();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let new = NewSecret { secret: None, grace: Grace::DEFAULT };
    endpoints.rotate_secret(ME, WORKSPACE, endpoint_id, new).unwrap().commit().unwrap();
    leave.add_permits(2);
    hub.all(is_delivered).await;
    let signatures = |received: &Received| received.headers["webhook-signature"].to_str().unwrap().split(' ').count();
    assert_eq!(receiver.requests().iter().map(signatures).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn a_change_that_changes_nothing_takes_nothing_back() {
    let receiver = willing().await;
    let hub = Hub::new(limits(4, 1));
    let endpoint_id = hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let leased = hub.lease(&engine.dispatcher(), "payment.completed", 1);
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    endpoints.resume(ME, WORKSPACE, endpoint_id).commit().unwrap();
    let writes_before = hub.store.writes();
    engine.dispatcher().dispatch(leased);
    hub.all(is_delivered).await;
    assert_eq!(hub.store.writes() - writes_before, 1, "it was sent and recorded, not given back and claimed");
}

#[tokio::test]
async fn case_20_what_waits_for_a_deleted_endpoint_is_closed_and_does_not_leave() {
    let (receiver, arrived, leave) = gated().await;
    let hub = Hub::new(limits(4, 1));
    let endpoint_id = hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.created", 1);
    arrived.acquire().await.unwrap().forget();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    endpoints.delete(ME, WORKSPACE, endpoint_id, None).commit().unwrap();
    hub.all(|delivery| is_first(delivery) || is_waiting(delivery)).await;
    Upkeep::new(Arc::new(hub.store.memory.clone()), engine.dispatcher(), hub.clock.clone()).step().unwrap();
    leave.add_permits(2);
    let deliveries = hub.all(|delivery| !is_first(delivery) || is_delivered(delivery)).await;
    let closed = deliveries.iter().find(|delivery| !is_first(delivery)).unwrap();
    assert_eq!(closed.state, DeliveryState::Closed(Close::EndpointDeleted));
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn a_delivery_that_came_to_its_end_is_sent_once_more_when_asked() {
    let receiver = saying(&[200, 500]).await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let delivered = hub.all(is_delivered).await.remove(0);
    hub.resend(&engine.dispatcher(), &delivered);
    let again = hub.all(|delivery| is_delivered(delivery) && delivery.attempts == 2).await.remove(0);
    let told: Vec<_> = hub.attempts(&again).iter().map(|attempt| (attempt.number, attempt.status.unwrap())).collect();
    assert_eq!(told, [(1, 200), (2, 500)]);
    let [first, second] = &receiver.requests()[..] else { panic!("two requests") };
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
}

#[tokio::test]
async fn a_delivery_that_was_asked_for_while_it_waited_goes_on_in_its_schedule() {
    let receiver = saying(&[500]).await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let waiting = hub.all(is_waiting).await.remove(0);
    hub.resend(&engine.dispatcher(), &waiting);
    let asked = hub.all(|delivery| is_waiting(delivery) && delivery.attempts == 2).await.remove(0);
    assert_eq!(asked.due_at, waiting.due_at);
    hub.advance(&engine.dispatcher(), Duration::from_secs(7));
    let third = hub.all(|delivery| is_waiting(delivery) && delivery.attempts == 3).await.remove(0);
    let wait = third.due_at.unwrap().since(third.last.unwrap().started_at);
    // The second delay of the schedule, 1 m ± 15 %: three requests have left, and one of them was asked for.
    assert!((Duration::from_secs(51)..=Duration::from_secs(71)).contains(&wait), "{wait:?}");
}

#[tokio::test]
async fn a_delivery_that_was_given_up_is_told_once_however_often_it_is_asked_for() {
    let receiver = saying(&[500]).await;
    let schedule = RetrySchedule::new(vec![Duration::ZERO], 0).unwrap();
    let hub = Hub { schedule, ..Hub::new(limits(4, 1)) };
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let given_up = hub.all(|delivery| delivery.state == DeliveryState::Exhausted).await.remove(0);
    hub.resend(&engine.dispatcher(), &given_up);
    hub.all(|delivery| delivery.state == DeliveryState::Exhausted && delivery.attempts == 2).await;
    engine.shutdown(Duration::from_mins(1)).await;
    let told = hub.told.so_far();
    assert!(matches!(&told[..], [Notice::DeliveryExhausted { .. }]), "{told:?}");
}
