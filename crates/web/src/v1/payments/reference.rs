//! What the document says about payments.

use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;

use super::body::{CreatedBody, PaymentBody};
use super::input::CreatePayment;
use crate::openapi::Operation;
use crate::v1::{Reads, Writes};

const ID: &str = "a810b445-564a-4e20-80a5-f1261d7b328a";
const TOKEN: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

pub(in crate::v1) fn operations() -> Vec<Operation> {
    vec![
        create("/api/v1/payments", "createPayment", "Makes a payment."),
        find("/api/v1/payments/{id}", "findPayment", "Shows a payment as it stands now."),
        create("/api/v1/payment-intents", "createPaymentIntent", "Makes a payment, under its other name."),
        find("/api/v1/payment-intents/{id}", "findPaymentIntent", "Shows a payment, under its other name."),
    ]
}

fn create(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    let body = json!({
        "amount": "10.00",
        "currency": "USD",
        "reference": "77",
        "customer_mail": "ada@shop.example",
        "customer_name": "Ada L",
        "redirect_url": "https://shop.example/thanks",
        "cancel_url": "https://shop.example/cart",
        "metadata": { "order": 77 },
    });
    let made = json!({ "payment_id": ID, "token": TOKEN, "checkout_url": checkout_url(), "status": "pending" });
    let more = "Amounts are in major units, everywhere. All that is wrong is told at once, each with its field.";
    Operation::new(HttpMethod::Post, path, id)
        .permits::<Writes>(summary, more)
        .takes::<CreatePayment<'_>>(body)
        .wraps::<CreatedBody>("201", "The payment, and where it is paid.", &made)
        .once_in_workspace()
        // Where there is no sandbox.
        .fails(&[404])
}

fn find(path: &'static str, id: &'static str, summary: &'static str) -> Operation {
    let more = "With a transaction, values and status are those of the newest one.";
    Operation::new(HttpMethod::Get, path, id)
        .of("id", "The payment_id, a UUID.", ID)
        .permits::<Reads>(summary, more)
        .wraps::<PaymentBody<'_>>("200", "The payment.", &payment())
        .may_lack::<PaymentBody<'_>>()
        .fails(&[422])
}

fn checkout_url() -> String {
    format!("https://hub.example/checkout/intent/{TOKEN}")
}

fn payment() -> Value {
    json!({
        "payment_id": ID,
        "id": 12,
        "trx_id": "OP-0A1B2C3D4E",
        "gateway_trx_id": "test_0a1b2c3d4e",
        "amount": "10.00",
        "currency": "USD",
        "fee": "0.29",
        "status": "completed",
        "gateway": "test_card",
        "method": "api",
        "reference": "77",
        "created_at": "2026-11-24T10:00:00.000000Z",
        "completed_at": "2026-11-24T10:00:07.000000Z",
        "customer": { "name": "Ada L", "email": "ada@shop.example" },
        "token": TOKEN,
        "checkout_url": checkout_url(),
        "expires_at": "2026-11-24T10:10:00.000000Z",
        "metadata": { "order": 77 },
    })
}
