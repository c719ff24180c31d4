//! Changes under an `Idempotency-Key`. *Source:* contract §2.12.

use std::sync::Arc;

use devhub_domain::api_keys::Pepper;
use devhub_domain::idempotency::{Answer, Caller, Fingerprint, Idempotency, OnceError, OnceRequest, Outcome};
use devhub_domain::testing::SeededEntropy;
use devhub_sandbox::{Payment, SandboxError};

use super::support::{Bench, bench, new_payment, workspace_id};

fn create_once(bench: &Bench, body: &str) -> Result<Outcome<Payment>, OnceError<SandboxError>> {
    let pepper = Pepper::generate(&SeededEntropy::new(9));
    let idempotency = Idempotency::new(Arc::new(bench.store.hub().clone()), pepper, bench.clock.clone());
    let request = OnceRequest {
        caller: Caller::from(workspace_id()),
        key: "order-77".parse().unwrap(),
        fingerprint: Fingerprint::of("POST /api/v1/payments", body.as_bytes()),
    };
    let render = |payment: &Payment| Answer { status: 201, body: payment.id.to_string().into_bytes() };
    let create = bench.sandbox.payments.create(workspace_id(), new_payment("10.00"));
    idempotency.once_in(request, create, render).commit()
}

#[test]
fn a_payment_that_is_asked_for_twice_is_made_once() {
    let bench = bench();
    let Ok(Outcome::Done(made)) = create_once(&bench, "{}") else { panic!("the first is carried out") };
    let Ok(Outcome::Replayed(answer)) = create_once(&bench, "{}") else { panic!("the second is a repetition") };
    assert_eq!((answer.status, answer.body), (201, made.id.to_string().into_bytes()));
    assert!(matches!(create_once(&bench, "{ }"), Err(OnceError::KeyReused)));
    assert!(bench.sandbox.payments.find(workspace_id(), made.id).is_ok());
}
