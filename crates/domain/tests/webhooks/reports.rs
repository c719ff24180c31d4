//! What is told of an endpoint, and of an address that may become one.

use std::time::Duration;

use devhub_domain::time::Timestamp;

use crate::hub::{Hub, WORKSPACE};

/// The beginning of an hour.
const HOUR: Timestamp = Timestamp::from_seconds(1_795_514_400);

#[test]
fn a_day_is_told_hour_by_hour_with_the_one_under_way_at_the_end() {
    let hub = Hub::new();
    hub.clock.jump_to(HOUR);
    let session = hub.open_session();
    let id = hub.create("*").endpoint.id;
    hub.publish("payment.completed");
    hub.answer(session, &hub.handed_over(), 200);
    hub.deliveries.write_tallies().unwrap();
    for (hours_later, position) in [(0, Some(23)), (2, Some(21)), (23, Some(0)), (24, None)] {
        let now = HOUR.plus(Duration::from_hours(hours_later));
        hub.clock.jump_to(now.plus(Duration::from_mins(59)));
        let hours = hub.deliveries.report(WORKSPACE, id).unwrap().unwrap().hours;
        assert_eq!((hours.len(), hours[23].from), (24, now), "{hours_later}");
        assert_eq!(hours.iter().position(|hour| hour.answered.successes == 1), position, "{hours_later}");
        assert!(hours.windows(2).all(|pair| pair[1].from == pair[0].from.plus(Duration::from_hours(1))));
    }
}

#[test]
fn an_address_is_checked_by_the_rules_that_a_save_keeps() {
    let hub = Hub::new();
    assert_eq!(hub.endpoints.check_url("https://Shop.example/hook").unwrap().as_str(), "https://shop.example/hook");
    for refused in
        ["", "shop.example", "http://shop.example/hook", "https://10.0.0.7/hook", "https://user:pw@shop.example/"]
    {
        assert!(hub.endpoints.check_url(refused).is_err(), "{refused}");
    }
}
