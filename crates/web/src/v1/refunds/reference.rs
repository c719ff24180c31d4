//! What the document says about refunds.

use devhub_sandbox::RefundStatus;
use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;

use super::body::{CreateRefund, RefundBody};
use crate::openapi::{Operation, any_text, day, filter, meta_example, words_schema};
use crate::v1::{Reads, Writes};

const TRX_ID: &str = "OP-0A1B2C3D4E";

pub(in crate::v1) fn operations() -> Vec<Operation> {
    vec![list(), create(), find()]
}

fn list() -> Operation {
    let statuses = words_schema(RefundStatus::ALL.iter().map(|status| status.as_str()));
    let of = "Only those of this transaction: its number, its trx_id, or the id that its gateway gave it.";
    Operation::new(HttpMethod::Get, "/api/v1/refunds", "listRefunds")
        .permits::<Reads>("Lists refunds, newest first.", "")
        .parameter(filter("status", "Only those that stand here.", statuses, &json!("completed")))
        .parameter(filter("trx_id", of, any_text(), &json!(TRX_ID)))
        .parameter(filter("transaction_id", "The same under another name.", any_text(), &json!("12")))
        .parameter(day("from", "Only those of this day (UTC) or instant, and later ones."))
        .parameter(day("to", "Only those of this day or instant, and earlier ones."))
        .wraps_all::<RefundBody<'_>>("A page of refunds.", &refund(), Some(meta_example()))
        .fails(&[404])
}

fn create() -> Operation {
    let more = "Never more than is left of the transaction, also when many ask at once. One that the gateway refuses is made all the \
                same, with the status `failed`.";
    Operation::new(HttpMethod::Post, "/api/v1/refunds", "createRefund")
        .permits::<Writes>("Gives money back.", more)
        .takes::<CreateRefund<'_>>(json!({ "trx_id": TRX_ID, "amount": "4.00", "reason": "one item came back" }))
        .wraps::<RefundBody<'_>>("201", "The refund.", &refund())
        .once_in_workspace()
        .fails(&[404])
}

fn find() -> Operation {
    Operation::new(HttpMethod::Get, "/api/v1/refunds/{id}", "findNewestRefund")
        .of("id", "The trx_id of a transaction, or the id that its gateway gave it.", TRX_ID)
        .permits::<Reads>("Shows the newest refund of a transaction.", "")
        .wraps::<RefundBody<'_>>("200", "The refund.", &refund())
}

fn refund() -> Value {
    json!({
        "id": 3,
        "uuid": "0b9c2f5e-7f0a-4b7e-9a55-3f6c1d2e4a90",
        "transaction_id": 12,
        "trx_id": TRX_ID,
        "gateway_trx_id": "test_0a1b2c3d4e",
        "amount": "4.00",
        "currency": "USD",
        "reason": "one item came back",
        "status": "completed",
        "processed_at": "2026-11-24T11:00:00.000000Z",
        "created_at": "2026-11-24T11:00:00.000000Z",
    })
}
