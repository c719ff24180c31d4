//! Transactions of the sandbox.

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_sandbox::{
    Method, Numbered, PageNumber, PaymentId, PaymentKey, Reference, Transaction, TransactionFilter, TransactionStatus,
    TransactionTx, TrxId,
};
use diesel::prelude::*;

use crate::row::{Row, instant, limit, micros, written};
use crate::sandbox_page::{COUNT_MAX, Counted, Part};
use crate::sandbox_payments::{KeyRow, PaymentRows};
use crate::sandbox_row::{outcome_word, own_workspace};
use crate::sandbox_schema::sandbox_transactions::{self, dsl};
use crate::tx::both;

/// That a transaction has not ended and its gateway will say how, for the look for payments whose time is over.
pub(crate) const WAITING: &str = "sandbox_transactions.settles_at_us IS NOT NULL AND sandbox_transactions.status NOT IN \
    ('completed', 'failed', 'cancelled', 'expired', 'refunded', 'disputed')";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sandbox_transactions, treat_none_as_default_value = false)]
struct TransactionRow {
    workspace_id: Vec<u8>,
    number: i64,
    trx_id: Vec<u8>,
    payment_id: Vec<u8>,
    gateway: String,
    gateway_trx_id: String,
    status: String,
    method: String,
    amount_minor: i64,
    fee_minor: i64,
    currency: String,
    reference: String,
    settles_at_us: Option<i64>,
    settles_as: Option<String>,
    created_at_us: i64,
    updated_at_us: i64,
    completed_at_us: Option<i64>,
    revision: i64,
}

impl From<&Transaction> for TransactionRow {
    fn from(transaction: &Transaction) -> Self {
        Self {
            workspace_id: transaction.workspace_id.as_bytes().to_vec(),
            number: transaction.number,
            trx_id: transaction.trx_id.as_bytes().to_vec(),
            payment_id: transaction.payment_id.as_bytes().to_vec(),
            gateway: transaction.gateway.to_string(),
            gateway_trx_id: transaction.gateway_trx_id.clone(),
            status: transaction.status.as_str().to_owned(),
            method: transaction.method.as_str().to_owned(),
            amount_minor: transaction.amount.minor(),
            fee_minor: transaction.fee.minor(),
            currency: transaction.amount.currency().code().to_owned(),
            reference: transaction.reference.as_str().to_owned(),
            settles_at_us: micros(transaction.settles_at),
            settles_as: outcome_word(transaction.settles_as),
            created_at_us: transaction.created_at.as_micros(),
            updated_at_us: transaction.updated_at.as_micros(),
            completed_at_us: micros(transaction.completed_at),
            revision: transaction.revision,
        }
    }
}

impl TransactionRow {
    fn into_transaction(self) -> Result<Transaction, StoreError> {
        let workspace_id = own_workspace("sandbox_transactions", &self.workspace_id)?;
        let row = Row { table: "sandbox_transactions", id: &format_args!("{workspace_id}/{}", self.number) };
        let currency = row.currency(&self.currency)?;
        Ok(Transaction {
            workspace_id,
            number: self.number,
            trx_id: row.trx_id(&self.trx_id)?,
            payment_id: PaymentId::from_bytes(row.bytes("payment_id", &self.payment_id)?),
            gateway: row.gateway("gateway", &self.gateway)?,
            status: row.value("status", TransactionStatus::parse(&self.status))?,
            method: row.value("method", Method::parse(&self.method))?,
            amount: row.amount("amount_minor", self.amount_minor, currency)?,
            fee: row.amount("fee_minor", self.fee_minor, currency)?,
            reference: Reference::cut(&self.reference),
            settles_at: instant(self.settles_at_us),
            settles_as: row.outcome("settles_as", self.settles_as.as_deref())?,
            created_at: Timestamp::from_micros(self.created_at_us),
            updated_at: Timestamp::from_micros(self.updated_at_us),
            completed_at: instant(self.completed_at_us),
            revision: self.revision,
            gateway_trx_id: self.gateway_trx_id,
        })
    }
}

/// Numbers of the transactions of a workspace that a filter wants.
macro_rules! wanted {
    ($workspace_id:expr, $filter:expr) => {{
        let filter = $filter;
        let mut query = dsl::sandbox_transactions
            .filter(dsl::workspace_id.eq($workspace_id.as_bytes().to_vec()))
            .select(dsl::number)
            .into_boxed();
        if let Some(status) = filter.status {
            query = query.filter(dsl::status.eq(status.as_str()));
        }
        if let Some(gateway) = &filter.gateway {
            query = query.filter(dsl::gateway.eq(gateway.to_string()));
        }
        if let Some(from) = filter.from {
            query = query.filter(dsl::created_at_us.ge(from.as_micros()));
        }
        if let Some(before) = filter.before {
            query = query.filter(dsl::created_at_us.lt(before.as_micros()));
        }
        query
    }};
}

both! {
    impl TransactionTx {
        fn insert_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
            let row = TransactionRow::from(transaction);
            let insert = diesel::insert_into(dsl::sandbox_transactions).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "sandbox_transactions")
        }

        fn update_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
            let earlier = dsl::sandbox_transactions
                .filter(dsl::workspace_id.eq(&transaction.workspace_id.as_bytes()[..]))
                .filter(dsl::number.eq(transaction.number))
                .filter(dsl::revision.eq(transaction.revision - 1));
            let update = diesel::update(earlier).set((
                dsl::gateway.eq(transaction.gateway.as_str()),
                dsl::gateway_trx_id.eq(&transaction.gateway_trx_id),
                dsl::status.eq(transaction.status.as_str()),
                dsl::method.eq(transaction.method.as_str()),
                dsl::amount_minor.eq(transaction.amount.minor()),
                dsl::fee_minor.eq(transaction.fee.minor()),
                dsl::currency.eq(transaction.amount.currency().code()),
                dsl::reference.eq(transaction.reference.as_str()),
                dsl::settles_at_us.eq(micros(transaction.settles_at)),
                dsl::settles_as.eq(outcome_word(transaction.settles_as)),
                dsl::updated_at_us.eq(transaction.updated_at.as_micros()),
                dsl::completed_at_us.eq(micros(transaction.completed_at)),
                dsl::revision.eq(transaction.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "sandbox_transactions.revision")
        }

        /// Served by the primary key.
        fn find_transaction(
            &mut self,
            workspace_id: WorkspaceId,
            number: i64,
        ) -> Result<Option<Transaction>, StoreError> {
            let query = dsl::sandbox_transactions
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::number.eq(number))
                .select(TransactionRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(TransactionRow::into_transaction).transpose()
        }

        /// Served by `sandbox_transactions_by_trx_id`.
        fn find_transaction_by_trx_id(
            &mut self,
            workspace_id: WorkspaceId,
            trx_id: TrxId,
        ) -> Result<Option<Transaction>, StoreError> {
            let query = dsl::sandbox_transactions
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::trx_id.eq(&trx_id.as_bytes()[..]))
                .select(TransactionRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(TransactionRow::into_transaction).transpose()
        }

        /// Served by `sandbox_transactions_by_gateway_trx_id`.
        fn find_transaction_by_gateway_trx_id(
            &mut self,
            workspace_id: WorkspaceId,
            gateway_trx_id: &str,
        ) -> Result<Option<Transaction>, StoreError> {
            let query = dsl::sandbox_transactions
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::gateway_trx_id.eq(gateway_trx_id))
                .order(dsl::number.desc())
                .limit(1)
                .select(TransactionRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(TransactionRow::into_transaction).transpose()
        }

        /// Served by `sandbox_transactions_by_payment`.
        fn newest_transaction(
            &mut self,
            workspace_id: WorkspaceId,
            payment_id: PaymentId,
        ) -> Result<Option<Transaction>, StoreError> {
            let query = dsl::sandbox_transactions
                .filter(dsl::payment_id.eq(&payment_id.as_bytes()[..]))
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .order(dsl::number.desc())
                .limit(1)
                .select(TransactionRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(TransactionRow::into_transaction).transpose()
        }

        /// Count and numbers are served by `sandbox_transactions_by_status`, `…_by_gateway` or `…_by_age`, or by the primary key where
        /// everything is wanted; the rows that are shown by the primary key.
        fn list_transactions(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &TransactionFilter,
            page: PageNumber,
        ) -> Result<Numbered<Transaction>, StoreError> {
            let counted = Counted(wanted!(workspace_id, filter).limit(COUNT_MAX));
            let part = Part::of(page, self.state.note(counted.get_result(&mut *self.conn))?);
            let shown = wanted!(workspace_id, filter).order(dsl::number.desc()).limit(part.count).offset(part.before);
            let numbers: Vec<i64> = self.state.note(shown.load(&mut *self.conn))?;
            let query = dsl::sandbox_transactions
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::number.eq_any(numbers))
                .select(TransactionRow::as_select());
            let rows: Vec<TransactionRow> = self.state.note(query.load(&mut *self.conn))?;
            part.show(rows.into_iter().map(TransactionRow::into_transaction), |transaction| transaction.number)
        }

        /// Served by `sandbox_transactions_due`.
        fn due_transactions(&mut self, now: Timestamp, count: usize) -> Result<Vec<PaymentKey>, StoreError> {
            let due = dsl::sandbox_transactions
                .filter(dsl::settles_at_us.le(now.as_micros()))
                .order(dsl::settles_at_us.asc())
                .limit(limit(count))
                .select((dsl::workspace_id, dsl::payment_id));
            let rows: Vec<KeyRow> = self.state.note(due.load(&mut *self.conn))?;
            self.free_payments(rows)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_names_every_state_in_which_a_transaction_has_ended() {
        let ended = TransactionStatus::ALL.iter().filter(|status| status.is_terminal());
        let words: Vec<String> = ended.map(|status| format!("'{status}'")).collect();
        assert!(WAITING.ends_with(&format!("({})", words.join(", "))), "{WAITING}");
    }
}
