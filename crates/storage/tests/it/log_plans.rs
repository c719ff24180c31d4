//! What the log looks for is found by an index, whatever else there is, on both backends.

use devhub_domain::id::{DeliveryId, EndpointId, EventId};
use devhub_storage::{Database, DatabaseKind};

use crate::plans::{expect_index, heard, made, page, plan_of_read, workspace};
use crate::support::{Guard, on_each};

fn looks_into_the_log_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard(open);
    let is_sqlite = on.0.kind() == DatabaseKind::Sqlite;
    let primary_key = |of_server| if is_sqlite { "PRIMARY KEY" } else { of_server };
    let (event_id, ids) = (EventId::from_bytes(made(5_001)), [EndpointId::from_bytes(made(51))]);
    let delivery_ids = [DeliveryId::from_bytes(made(5_001))];
    let met = plan_of_read(&on, |tx| tx.list_endpoints_met(workspace(), event_id, page(None)).map(drop));
    expect_index(&on, "endpoints met", &met, "endpoints_by_workspace");
    let revisions = plan_of_read(&on, |tx| tx.list_revisions_met(event_id, &ids).map(drop));
    expect_index(&on, "revisions met", &revisions, primary_key("endpoint_revisions_pkey"));
    let deliveries = plan_of_read(&on, |tx| tx.find_deliveries(workspace(), &delivery_ids).map(drop));
    expect_index(&on, "deliveries by id", &deliveries, primary_key("deliveries_pkey"));
}

on_each! {
    looks_into_the_log_use_their_indexes
}
