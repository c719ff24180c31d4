//! What the document says about transactions.

use devhub_sandbox::TransactionStatus;
use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;

use super::body::TransactionBody;
use crate::openapi::{Operation, day, filter, meta_example, text_schema, words_schema};
use crate::v1::Reads;

const TRX_ID: &str = "OP-0A1B2C3D4E";

pub(in crate::v1) fn operations() -> Vec<Operation> {
    let statuses = words_schema(TransactionStatus::ALL.iter().map(|status| status.as_str()));
    let gateway = text_schema("^([A-Za-z0-9_-]{1,64})?$");
    vec![
        Operation::new(HttpMethod::Get, "/api/v1/transactions", "listTransactions")
            .permits::<Reads>("Lists transactions, newest first.", "")
            .parameter(filter("status", "Only those that stand here.", statuses, &json!("completed")))
            .parameter(filter("gateway", "Only those through this gateway.", gateway, &json!("test_card")))
            .parameter(day("from", "Only those of this day (UTC) or instant, and later ones."))
            .parameter(day("to", "Only those of this day or instant, and earlier ones."))
            .wraps_all::<TransactionBody<'_>>("A page of transactions.", &transaction(), Some(meta_example()))
            .fails(&[404]),
        Operation::new(HttpMethod::Get, "/api/v1/transactions/{id}", "findTransaction")
            .of("id", "The trx_id; else the id that its gateway gave it.", TRX_ID)
            .permits::<Reads>("Shows a transaction.", "")
            .wraps::<TransactionBody<'_>>("200", "The transaction.", &transaction()),
    ]
}

fn transaction() -> Value {
    json!({
        "id": 12,
        "trx_id": TRX_ID,
        "gateway_trx_id": "test_0a1b2c3d4e",
        "payment_id": "a810b445-564a-4e20-80a5-f1261d7b328a",
        "amount": "10.00",
        "currency": "USD",
        "fee": "0.29",
        "net_amount": "9.71",
        "status": "completed",
        "gateway": "test_card",
        "method": "api",
        "reference": "77",
        "created_at": "2026-11-24T10:00:00.000000Z",
        "updated_at": "2026-11-24T10:00:07.000000Z",
        "completed_at": "2026-11-24T10:00:07.000000Z",
    })
}
