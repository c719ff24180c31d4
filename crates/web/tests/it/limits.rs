//! `/api/hub/v1/limits`.

use devhub_domain::rate::RateRules;
use insta::assert_json_snapshot;

use crate::hub::{Hub, rates};

#[actix_web::test]
async fn the_limits_are_shown_with_the_networks_that_are_exempt() {
    let mut hub = Hub::new();
    let exempt_networks = vec!["10.0.0.0/8".parse().unwrap()];
    hub.services.rates = rates(RateRules { exempt_networks, ..RateRules::default() }, hub.clock.clone());
    assert_json_snapshot!(hub.get("/api/hub/v1/limits", &hub.key("limits:read")).await.snapshot());
}
