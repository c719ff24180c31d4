//! What the document says about customers.

use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;

use super::body::{CreateCustomer, CreatedBody, CustomerBody, ListedBody};
use crate::openapi::{Operation, meta_example};
use crate::v1::{Reads, Writes};

const UUID: &str = "3d0f6a34-5f0c-4f5d-8a3b-2f4f1c9e7d10";

pub(in crate::v1) fn operations() -> Vec<Operation> {
    let body = json!({ "name": "Ada L", "email": "ada@shop.example", "phone": "+8801712345678" });
    vec![
        Operation::new(HttpMethod::Get, "/api/v1/customers", "listCustomers")
            .permits::<Reads>("Lists customers, newest first.", "")
            .wraps_all::<ListedBody<'_>>("A page of customers.", &listed(), Some(meta_example()))
            .fails(&[404]),
        Operation::new(HttpMethod::Post, "/api/v1/customers", "createCustomer")
            .permits::<Writes>("Adds a customer.", "")
            .takes::<CreateCustomer<'_>>(body)
            .wraps::<CreatedBody>("201", "The customer.", &json!({ "id": 7, "uuid": UUID }))
            .once_in_workspace()
            .fails(&[404]),
        Operation::new(HttpMethod::Get, "/api/v1/customers/{id}", "findCustomer")
            .of(
                "id",
                "A mail address, where there is an `@` in it; a UUID; else a telephone number.",
                "ada@shop.example",
            )
            .permits::<Reads>("Shows a customer.", "A `+` in the path stays one; case and spaces do not matter.")
            .wraps::<CustomerBody<'_>>("200", "The customer.", &customer()),
    ]
}

fn customer() -> Value {
    json!({
        "id": 7, "uuid": UUID, "name": "Ada L", "email": "ada@shop.example", "phone": "+8801712345678",
        "created_at": "2026-11-24T10:00:00.000000Z",
    })
}

fn listed() -> Value {
    let mut listed = customer();
    if let Some(fields) = listed.as_object_mut() {
        fields.insert("email_masked".to_owned(), json!("ad***@sh**.example"));
        fields.insert("phone_masked".to_owned(), json!("+88017****5678"));
    }
    listed
}
