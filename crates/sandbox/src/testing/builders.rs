//! Values for tests that care about one of their fields only.

use devhub_domain::id::WorkspaceId;
use devhub_domain::time::Timestamp;

use crate::{
    Amount, CheckoutToken, Currency, Customer, CustomerId, CustomerName, Email, GatewayName, GatewaySetting, Metadata,
    Method, Payment, PaymentId, PaymentStatus, PaymentUrls, Phone, Reason, Reference, Refund, RefundId, RefundStatus,
    Transaction, TransactionStatus, TrxId,
};

/// Seconds for which a built payment can be paid.
const PAYABLE_SECONDS: i64 = 600;

/// A 16-byte id that is greater for a greater number.
fn id(number: u32) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

fn workspace_id() -> WorkspaceId {
    WorkspaceId::from_bytes(id(1))
}

fn trx_id(number: i64) -> TrxId {
    let [_, _, _, low @ ..] = number.to_be_bytes();
    TrxId::from_bytes(low)
}

fn gateway() -> GatewayName {
    "test_card".parse().expect("a valid name")
}

/// So many cents of US dollars.
pub fn usd(cents: i64) -> Amount {
    Amount::new(cents, Currency::parse("USD").expect("a currency")).expect("an amount within its bounds")
}

/// A pending payment of 10.00 USD in workspace 1, made at second 1; each number gives another id and token.
pub fn payment(number: u32) -> Payment {
    let [low, high] = [id(number), id(number)];
    let mut token = [0; 32];
    token.iter_mut().zip(low.into_iter().chain(high)).for_each(|(byte, of)| *byte = of);
    Payment {
        id: PaymentId::from_bytes(id(number)),
        workspace_id: workspace_id(),
        token: CheckoutToken::from_bytes(token),
        status: PaymentStatus::Pending,
        amount: usd(1_000),
        reference: Reference::cut("77"),
        customer: None,
        urls: PaymentUrls::default(),
        gateway: None,
        metadata: Metadata::default(),
        created_at: Timestamp::from_seconds(1),
        updated_at: Timestamp::from_seconds(1),
        expires_at: Timestamp::from_seconds(1 + PAYABLE_SECONDS),
        revision: 1,
    }
}

/// A pending transaction of a payment in workspace 1, through the test card; made at the second of its number.
pub fn transaction(number: i64, of: &Payment) -> Transaction {
    Transaction {
        workspace_id: of.workspace_id,
        number,
        trx_id: trx_id(number),
        payment_id: of.id,
        gateway: gateway(),
        gateway_trx_id: format!("TEST-{number:016X}"),
        status: TransactionStatus::Pending,
        method: Method::Api,
        amount: of.amount,
        fee: of.amount.share(290),
        reference: of.reference.for_transaction(),
        settles_at: None,
        settles_as: None,
        created_at: Timestamp::from_seconds(number),
        updated_at: Timestamp::from_seconds(number),
        completed_at: None,
        revision: 1,
    }
}

/// A pending refund of 1.00 USD of a transaction; made at the second of its number.
pub fn refund(number: u32, of: &Transaction) -> Refund {
    Refund {
        workspace_id: of.workspace_id,
        number: i64::from(number),
        id: RefundId::from_bytes(id(number)),
        payment_id: of.payment_id,
        transaction: of.number,
        trx_id: of.trx_id,
        gateway_trx_id: of.gateway_trx_id.clone(),
        amount: usd(100),
        reason: Reason::cut("broken"),
        status: RefundStatus::Pending,
        settles_at: None,
        settles_as: None,
        processed_at: None,
        created_at: Timestamp::from_seconds(i64::from(number)),
        revision: 1,
    }
}

/// A customer of workspace 1; each number gives another id, mail address and telephone number.
pub fn customer(number: u32) -> Customer {
    Customer {
        workspace_id: workspace_id(),
        number: i64::from(number),
        id: CustomerId::from_bytes(id(number)),
        name: CustomerName::cut("Ada Lovelace").expect("a name"),
        email: Some(Email::new(&format!("Ada{number}@Example.com")).expect("a mail address")),
        phone: Phone::cut(&format!("+880 170000{number:04}")),
        created_at: Timestamp::from_seconds(1),
        updated_at: Timestamp::from_seconds(1),
        revision: 1,
    }
}

/// The test card of workspace 1, switched off.
pub fn gateway_setting() -> GatewaySetting {
    GatewaySetting {
        workspace_id: workspace_id(),
        name: gateway(),
        is_on: false,
        outcome: None,
        updated_at: Timestamp::from_seconds(1),
        revision: 1,
    }
}
