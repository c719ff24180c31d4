//! What it costs to create a payment of the sandbox, and to create one and pay it, on SQLite in a folder of its own.
//!
//! `cargo run --release -p devhub-storage --example sandbox_cost -- [in flight] [seconds]`. Prints microseconds a payment: alone, one after
//! the other, where each waits for the disk; and with as many in flight as share commits. A payment that is paid publishes two events to one
//! endpoint.

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement, run by hand")]

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use devhub_domain::id::WorkspaceId;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::store::{Lane, UnitOfWork, write};
use devhub_domain::testing::{ManualClock, SeededEntropy, contract, endpoint};
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::NoDispatcher;
use devhub_sandbox::{
    Amount, Currency, GatewayName, Metadata, NewPayment, Outcome, PaymentUrls, Reference, Sandbox, SandboxParts,
    SandboxRules, WebUrl,
};
use devhub_storage::{Database, DatabaseUrl, Options};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| arguments.next().map_or(default, |text| text.parse().unwrap());
    let (in_flight, seconds) = (number(16), Duration::from_secs(number(3)));
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite { folder: folder.path().join("data") };
    let database = Database::open(&url, Options::default()).unwrap();
    database.migrate().unwrap();
    contract::seed(&database);
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    write(store, Lane::Interactive, |tx| tx.insert_endpoint(&endpoint(1))).unwrap();
    let sandbox = Sandbox::new(SandboxParts {
        store: Arc::new(database.clone()),
        dispatcher: Arc::new(NoDispatcher),
        sealer: Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32]))),
        rules: SandboxRules::default(),
        clock: Arc::new(ManualClock::default()),
        entropy: Arc::new(SeededEntropy::new(1)),
    });
    alone("created, one after the other", seconds, || create(&sandbox));
    alone("created and paid, one after the other", seconds, || create_and_pay(&sandbox));
    together(&sandbox, in_flight, seconds);
    database.shutdown();
}

fn workspace_id() -> WorkspaceId {
    endpoint(1).workspace_id
}

/// What a shop plugin sends.
fn new_payment() -> NewPayment {
    let url = |text| Some(WebUrl::parse(text).unwrap());
    NewPayment {
        amount: Amount::new(1_000, Currency::parse("USD").unwrap()).unwrap(),
        reference: Reference::cut("77"),
        payer: None,
        urls: PaymentUrls {
            callback: None,
            redirect: url("https://shop.example/?wc-api=ownpay&order=77"),
            cancel: url("https://shop.example/cart"),
        },
        gateway: None,
        metadata: Metadata::from_json(r#"{"order_id":"77","source":"woocommerce"}"#).unwrap(),
    }
}

fn create(sandbox: &Sandbox) {
    sandbox.payments.create(workspace_id(), new_payment()).commit().unwrap();
}

fn create_and_pay(sandbox: &Sandbox) {
    let payment = sandbox.payments.create(workspace_id(), new_payment()).commit().unwrap();
    let card: GatewayName = "test_card".parse().unwrap();
    sandbox.checkouts.pay(&payment.token, card, Some(Outcome::Success)).commit().unwrap();
}

fn alone(name: &str, seconds: Duration, run: impl Fn()) {
    let started = Instant::now();
    let mut times = Vec::new();
    while started.elapsed() < seconds {
        let began = Instant::now();
        run();
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    println!("{name:<40} {:>6} payments  p50 {:>9.1?}  p99 {:>9.1?}", times.len(), at(50), at(99));
}

fn together(sandbox: &Sandbox, in_flight: u64, seconds: Duration) {
    let (done, ended) = channel();
    let submit = || {
        let done = done.clone();
        sandbox.payments.create(workspace_id(), new_payment()).enqueue(move |outcome| {
            drop(outcome.unwrap());
            done.send(()).unwrap();
        });
    };
    let started = Instant::now();
    let mut created = 0_u32;
    (0..in_flight).for_each(|_| submit());
    while started.elapsed() < seconds {
        ended.recv().unwrap();
        created += 1;
        submit();
    }
    let elapsed = started.elapsed();
    for _ in 0..in_flight {
        ended.recv().unwrap();
    }
    let each = elapsed.as_secs_f64() * 1e6 / f64::from(created.max(1));
    println!("{:<40} {created:>6} payments  {each:.1} µs each", format!("created, {in_flight} in flight"));
}
