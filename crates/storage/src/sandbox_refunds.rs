//! Refunds of the sandbox.

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_sandbox::{
    DueRefund, Numbered, PageNumber, PaymentId, REFUNDS_MAX, Reason, Refund, RefundFilter, RefundId, RefundStatus,
    RefundTx,
};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::row::{Row, instant, limit, micros, written};
use crate::sandbox_page::{COUNT_MAX, Counted, Part};
use crate::sandbox_payments::PaymentRows;
use crate::sandbox_row::{outcome_word, own_workspace};
use crate::sandbox_schema::sandbox_refunds::{self, dsl};
use crate::tx::both;

/// The condition of `sandbox_refunds_pending`, word for word.
const PENDING: &str = "sandbox_refunds.status = 'pending'";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sandbox_refunds, treat_none_as_default_value = false)]
struct RefundRow {
    workspace_id: Vec<u8>,
    number: i64,
    id: Vec<u8>,
    payment_id: Vec<u8>,
    transaction_number: i64,
    trx_id: Vec<u8>,
    gateway_trx_id: String,
    amount_minor: i64,
    currency: String,
    reason: String,
    status: String,
    settles_at_us: Option<i64>,
    settles_as: Option<String>,
    processed_at_us: Option<i64>,
    created_at_us: i64,
    revision: i64,
}

impl From<&Refund> for RefundRow {
    fn from(refund: &Refund) -> Self {
        Self {
            workspace_id: refund.workspace_id.as_bytes().to_vec(),
            number: refund.number,
            id: refund.id.as_bytes().to_vec(),
            payment_id: refund.payment_id.as_bytes().to_vec(),
            transaction_number: refund.transaction,
            trx_id: refund.trx_id.as_bytes().to_vec(),
            gateway_trx_id: refund.gateway_trx_id.clone(),
            amount_minor: refund.amount.minor(),
            currency: refund.amount.currency().code().to_owned(),
            reason: refund.reason.as_str().to_owned(),
            status: refund.status.as_str().to_owned(),
            settles_at_us: micros(refund.settles_at),
            settles_as: outcome_word(refund.settles_as),
            processed_at_us: micros(refund.processed_at),
            created_at_us: refund.created_at.as_micros(),
            revision: refund.revision,
        }
    }
}

impl RefundRow {
    fn into_refund(self) -> Result<Refund, StoreError> {
        let workspace_id = own_workspace("sandbox_refunds", &self.workspace_id)?;
        let row = Row { table: "sandbox_refunds", id: &format_args!("{workspace_id}/{}", self.number) };
        let currency = row.currency(&self.currency)?;
        Ok(Refund {
            workspace_id,
            number: self.number,
            id: RefundId::from_bytes(row.bytes("id", &self.id)?),
            payment_id: PaymentId::from_bytes(row.bytes("payment_id", &self.payment_id)?),
            transaction: self.transaction_number,
            trx_id: row.trx_id(&self.trx_id)?,
            amount: row.amount("amount_minor", self.amount_minor, currency)?,
            reason: Reason::cut(&self.reason),
            status: row.value("status", RefundStatus::parse(&self.status))?,
            settles_at: instant(self.settles_at_us),
            settles_as: row.outcome("settles_as", self.settles_as.as_deref())?,
            processed_at: instant(self.processed_at_us),
            created_at: Timestamp::from_micros(self.created_at_us),
            revision: self.revision,
            gateway_trx_id: self.gateway_trx_id,
        })
    }
}

/// What is asked of a refund that is due.
#[derive(Queryable, Selectable, PartialEq, Eq, PartialOrd, Ord)]
#[diesel(table_name = sandbox_refunds)]
struct DueRow {
    created_at_us: i64,
    number: i64,
    workspace_id: Vec<u8>,
    payment_id: Vec<u8>,
    transaction_number: i64,
}

/// Numbers of the refunds of a workspace that a filter wants.
macro_rules! wanted {
    ($workspace_id:expr, $filter:expr) => {{
        let filter = $filter;
        let mut query = dsl::sandbox_refunds
            .filter(dsl::workspace_id.eq($workspace_id.as_bytes().to_vec()))
            .select(dsl::number)
            .into_boxed();
        if let Some(transaction) = filter.transaction {
            query = query.filter(dsl::transaction_number.eq(transaction));
        }
        if let Some(status) = filter.status {
            query = query.filter(dsl::status.eq(status.as_str()));
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
    impl RefundTx {
        fn insert_refund(&mut self, refund: &Refund) -> Result<(), StoreError> {
            let insert =
                diesel::insert_into(dsl::sandbox_refunds).values(RefundRow::from(refund)).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "sandbox_refunds")
        }

        fn update_refund(&mut self, refund: &Refund) -> Result<(), StoreError> {
            let earlier = dsl::sandbox_refunds
                .filter(dsl::workspace_id.eq(&refund.workspace_id.as_bytes()[..]))
                .filter(dsl::number.eq(refund.number))
                .filter(dsl::revision.eq(refund.revision - 1));
            let update = diesel::update(earlier).set((
                dsl::status.eq(refund.status.as_str()),
                dsl::settles_at_us.eq(micros(refund.settles_at)),
                dsl::settles_as.eq(outcome_word(refund.settles_as)),
                dsl::processed_at_us.eq(micros(refund.processed_at)),
                dsl::revision.eq(refund.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "sandbox_refunds.revision")
        }

        /// Served by `sandbox_refunds_by_transaction`.
        fn refunds_of(&mut self, workspace_id: WorkspaceId, transaction: i64) -> Result<Vec<Refund>, StoreError> {
            let query = dsl::sandbox_refunds
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::transaction_number.eq(transaction))
                .order(dsl::number.desc())
                .limit(limit(REFUNDS_MAX))
                .select(RefundRow::as_select());
            let rows: Vec<RefundRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(RefundRow::into_refund).collect()
        }

        /// Count and numbers are served by `sandbox_refunds_by_transaction`, `…_by_status` or `…_by_age`, or by the primary key where
        /// everything is wanted; the rows that are shown by the primary key.
        fn list_refunds(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &RefundFilter,
            page: PageNumber,
        ) -> Result<Numbered<Refund>, StoreError> {
            let counted = Counted(wanted!(workspace_id, filter).limit(COUNT_MAX));
            let part = Part::of(page, self.state.note(counted.get_result(&mut *self.conn))?);
            let shown = wanted!(workspace_id, filter).order(dsl::number.desc()).limit(part.count).offset(part.before);
            let numbers: Vec<i64> = self.state.note(shown.load(&mut *self.conn))?;
            let query = dsl::sandbox_refunds
                .filter(dsl::workspace_id.eq(&workspace_id.as_bytes()[..]))
                .filter(dsl::number.eq_any(numbers))
                .select(RefundRow::as_select());
            let rows: Vec<RefundRow> = self.state.note(query.load(&mut *self.conn))?;
            part.show(rows.into_iter().map(RefundRow::into_refund), |refund| refund.number)
        }

        /// Served by `sandbox_refunds_due` and `sandbox_refunds_pending`: a statement for each, because no index serves both.
        fn due_refunds(
            &mut self,
            now: Timestamp,
            made_before: Timestamp,
            count: usize,
        ) -> Result<Vec<DueRefund>, StoreError> {
            let settling = dsl::sandbox_refunds
                .filter(dsl::settles_at_us.le(now.as_micros()))
                .filter(dsl::status.eq(RefundStatus::Pending.as_str()))
                .order((dsl::created_at_us.asc(), dsl::number.asc()))
                .limit(limit(count))
                .select(DueRow::as_select());
            let mut rows: Vec<DueRow> = self.state.note(settling.load(&mut *self.conn))?;
            let overdue = dsl::sandbox_refunds
                .filter(sql::<Bool>(PENDING))
                .filter(dsl::created_at_us.lt(made_before.as_micros()))
                .order((dsl::created_at_us.asc(), dsl::number.asc()))
                .limit(limit(count))
                .select(DueRow::as_select());
            let overdue: Vec<DueRow> = self.state.note(overdue.load(&mut *self.conn))?;
            rows.extend(overdue);
            // In the order of their columns: the oldest first, and one that is found twice beside itself.
            rows.sort_unstable();
            rows.dedup();
            rows.truncate(count);
            let payments = rows.iter().map(|row| (row.workspace_id.clone(), row.payment_id.clone())).collect();
            let free = self.free_payments(payments)?;
            let due = |row: DueRow| {
                let payment = free.iter().find(|key| key.id.as_bytes()[..] == row.payment_id)?;
                Some(DueRefund { payment: *payment, transaction: row.transaction_number, number: row.number })
            };
            Ok(rows.into_iter().filter_map(due).collect())
        }
    }
}
