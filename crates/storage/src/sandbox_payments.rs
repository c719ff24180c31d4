//! Payments of the sandbox.

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_sandbox::{
    CheckoutToken, Metadata, Payment, PaymentId, PaymentKey, PaymentStatus, PaymentTx, PaymentUrls, Reference, WebUrl,
};
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::row::{Row, limit, own_id, written};
use crate::sandbox_dialect::SandboxDialect;
use crate::sandbox_schema::sandbox_payments::{self, dsl};
use crate::sandbox_schema::{sandbox_refunds, sandbox_transactions};
use crate::sandbox_transactions::WAITING;
use crate::tx::both;

/// The condition of `sandbox_payments_open`, word for word.
const OPEN: &str = "sandbox_payments.status IN ('pending', 'processing')";
/// The condition of `sandbox_payments_ended`, word for word.
pub(crate) const ENDED: &str = "sandbox_payments.status NOT IN ('pending', 'processing')";

/// What belongs to the payments that one transaction removes: the bound of the background lane, without the payments themselves.
const REMOVED_ROWS_MAX: usize = 400;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sandbox_payments, treat_none_as_default_value = false)]
struct PaymentRow {
    id: Vec<u8>,
    workspace_id: Vec<u8>,
    token: Vec<u8>,
    status: String,
    amount_minor: i64,
    currency: String,
    reference: String,
    customer: Option<i64>,
    callback_url: Option<String>,
    redirect_url: Option<String>,
    cancel_url: Option<String>,
    gateway: Option<String>,
    metadata: String,
    created_at_us: i64,
    updated_at_us: i64,
    expires_at_us: i64,
    revision: i64,
}

fn url_text(url: Option<&WebUrl>) -> Option<String> {
    url.map(|url| url.as_str().to_owned())
}

impl From<&Payment> for PaymentRow {
    fn from(payment: &Payment) -> Self {
        Self {
            id: payment.id.as_bytes().to_vec(),
            workspace_id: payment.workspace_id.as_bytes().to_vec(),
            token: payment.token.as_bytes().to_vec(),
            status: payment.status.as_str().to_owned(),
            amount_minor: payment.amount.minor(),
            currency: payment.amount.currency().code().to_owned(),
            reference: payment.reference.as_str().to_owned(),
            customer: payment.customer,
            callback_url: url_text(payment.urls.callback.as_ref()),
            redirect_url: url_text(payment.urls.redirect.as_ref()),
            cancel_url: url_text(payment.urls.cancel.as_ref()),
            gateway: payment.gateway.as_ref().map(ToString::to_string),
            metadata: payment.metadata.to_json(),
            created_at_us: payment.created_at.as_micros(),
            updated_at_us: payment.updated_at.as_micros(),
            expires_at_us: payment.expires_at.as_micros(),
            revision: payment.revision,
        }
    }
}

impl PaymentRow {
    fn into_payment(self) -> Result<Payment, StoreError> {
        let id = PaymentId::from_bytes(own_id("sandbox_payments", &self.id)?);
        let row = Row { table: "sandbox_payments", id: &id };
        let currency = row.currency(&self.currency)?;
        let url = |column: &'static str, text: Option<&String>| {
            text.map(|text| row.value(column, WebUrl::parse(text).ok())).transpose()
        };
        Ok(Payment {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            token: CheckoutToken::from_bytes(row.bytes("token", &self.token)?),
            status: row.value("status", PaymentStatus::parse(&self.status))?,
            amount: row.amount("amount_minor", self.amount_minor, currency)?,
            reference: Reference::cut(&self.reference),
            customer: self.customer,
            urls: PaymentUrls {
                callback: url("callback_url", self.callback_url.as_ref())?,
                redirect: url("redirect_url", self.redirect_url.as_ref())?,
                cancel: url("cancel_url", self.cancel_url.as_ref())?,
            },
            gateway: self.gateway.map(|name| row.gateway("gateway", &name)).transpose()?,
            metadata: row.value("metadata", Metadata::from_json(&self.metadata))?,
            created_at: Timestamp::from_micros(self.created_at_us),
            updated_at: Timestamp::from_micros(self.updated_at_us),
            expires_at: Timestamp::from_micros(self.expires_at_us),
            revision: self.revision,
        })
    }
}

/// A workspace and a payment of it, as they are stored.
pub(crate) type KeyRow = (Vec<u8>, Vec<u8>);

/// The ways to payments that others share.
pub(crate) trait PaymentRows {
    /// Those of these payments that no other transaction works on, in their order, whether or not they can be read. Where nothing is
    /// written, also those that others work on.
    fn free_payments(&mut self, rows: Vec<KeyRow>) -> Result<Vec<PaymentKey>, StoreError>;

    /// How many transactions and refunds these payments have, counted up to `count` of each.
    fn belongings(&mut self, payments: &[Vec<u8>], count: usize) -> Result<usize, StoreError>;
}

both! {
    impl PaymentRows {
        fn free_payments(&mut self, rows: Vec<KeyRow>) -> Result<Vec<PaymentKey>, StoreError> {
            let mut rows = rows;
            if !self.state.is_read_only && !rows.is_empty() {
                let ids = rows.iter().map(|(_, id)| id.clone()).collect();
                let free = self.state.note(self.conn.lock_free_payments(ids))?;
                rows.retain(|(_, id)| free.contains(id));
            }
            let key = |(workspace_id, id): KeyRow| {
                let (workspace_id, id) = (workspace_id.try_into().ok()?, id.try_into().ok()?);
                Some(PaymentKey { workspace_id: WorkspaceId::from_bytes(workspace_id), id: PaymentId::from_bytes(id) })
            };
            Ok(rows.into_iter().filter_map(key).collect())
        }

        /// Served by `sandbox_transactions_by_payment` and `sandbox_refunds_by_payment`.
        fn belongings(&mut self, payments: &[Vec<u8>], count: usize) -> Result<usize, StoreError> {
            let transactions = sandbox_transactions::table
                .filter(sandbox_transactions::payment_id.eq_any(payments))
                .limit(limit(count))
                .select(sandbox_transactions::number);
            let transactions: Vec<i64> = self.state.note(transactions.load(&mut *self.conn))?;
            let refunds = sandbox_refunds::table
                .filter(sandbox_refunds::payment_id.eq_any(payments))
                .limit(limit(count))
                .select(sandbox_refunds::number);
            let refunds: Vec<i64> = self.state.note(refunds.load(&mut *self.conn))?;
            Ok(transactions.len() + refunds.len())
        }
    }

    impl PaymentTx {
        fn insert_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
            let row = PaymentRow::from(payment);
            let insert = diesel::insert_into(dsl::sandbox_payments).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "sandbox_payments")
        }

        /// Served by the primary key.
        fn find_payment(&mut self, workspace_id: WorkspaceId, id: PaymentId) -> Result<Option<Payment>, StoreError> {
            let query = dsl::sandbox_payments
                .filter(dsl::id.eq(&id.as_bytes()[..]))
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .select(PaymentRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(PaymentRow::into_payment).transpose()
        }

        /// Served by `sandbox_payments_by_token`.
        fn find_payment_by_token(&mut self, token: &CheckoutToken) -> Result<Option<Payment>, StoreError> {
            let query = dsl::sandbox_payments
                .filter(dsl::token.eq(&token.as_bytes()[..]))
                .select(PaymentRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(PaymentRow::into_payment).transpose()
        }

        fn lock_payment(&mut self, workspace_id: WorkspaceId, id: PaymentId) -> Result<Option<Payment>, StoreError> {
            if !self.state.is_read_only {
                self.state.note(self.conn.lock_payment(id.as_bytes()))?;
            }
            self.find_payment(workspace_id, id)
        }

        fn update_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
            let earlier = dsl::sandbox_payments
                .filter(dsl::id.eq(&payment.id.as_bytes()[..]))
                .filter(dsl::workspace_id.eq(&payment.workspace_id.as_bytes()[..]))
                .filter(dsl::revision.eq(payment.revision - 1));
            let update = diesel::update(earlier).set((
                dsl::status.eq(payment.status.as_str()),
                dsl::gateway.eq(payment.gateway.as_ref().map(ToString::to_string)),
                dsl::customer.eq(payment.customer),
                dsl::updated_at_us.eq(payment.updated_at.as_micros()),
                dsl::expires_at_us.eq(payment.expires_at.as_micros()),
                dsl::revision.eq(payment.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "sandbox_payments.revision")
        }

        /// Served by `sandbox_payments_open`, and by `sandbox_transactions_by_payment` or `…_due` for whether one of their transactions
        /// waits. Those are passed over, and are few: none waits for long.
        fn due_payments(&mut self, now: Timestamp, count: usize) -> Result<Vec<PaymentKey>, StoreError> {
            let waiting = sandbox_transactions::table
                .filter(sandbox_transactions::payment_id.eq(sandbox_payments::id))
                .filter(sql::<Bool>(WAITING));
            let due = dsl::sandbox_payments
                .filter(sql::<Bool>(OPEN))
                .filter(dsl::expires_at_us.le(now.as_micros()))
                .filter(not(exists(waiting)))
                .order((dsl::expires_at_us.asc(), dsl::id.asc()))
                .limit(limit(count))
                .select((dsl::workspace_id, dsl::id));
            let rows: Vec<KeyRow> = self.state.note(due.load(&mut *self.conn))?;
            self.free_payments(rows)
        }

        /// Served by `sandbox_payments_ended`. Removes fewer payments where more belongs to them than one transaction should touch, and one
        /// at least.
        fn delete_payments(&mut self, ended_before: Timestamp, count: usize) -> Result<usize, StoreError> {
            let mut ids =
                self.state.note(self.conn.find_old_payments(ended_before.as_micros(), limit(count)))?;
            while ids.len() > 1 && self.belongings(&ids, REMOVED_ROWS_MAX + 1)? > REMOVED_ROWS_MAX {
                ids.truncate(ids.len() / 2);
            }
            if ids.is_empty() {
                return Ok(0);
            }
            let refunds = sandbox_refunds::table.filter(sandbox_refunds::payment_id.eq_any(&ids));
            self.state.note(diesel::delete(refunds).execute(&mut *self.conn))?;
            let transactions = sandbox_transactions::table.filter(sandbox_transactions::payment_id.eq_any(&ids));
            self.state.note(diesel::delete(transactions).execute(&mut *self.conn))?;
            let payments = dsl::sandbox_payments.filter(dsl::id.eq_any(&ids));
            self.state.note(diesel::delete(payments).execute(&mut *self.conn))
        }
    }
}
