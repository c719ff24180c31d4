//! The rows of the sandbox in memory: whole entities in ordered maps.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;

use super::memory::Joined;
use crate::{
    CheckoutToken, Customer, CustomerId, CustomerTx, DueRefund, GatewaySetting, GatewayTx, Kind, NumberTx, Numbered,
    PageNumber, Payment, PaymentId, PaymentKey, PaymentTx, Refund, RefundFilter, RefundStatus, RefundTx, Transaction,
    TransactionFilter, TransactionTx, TrxId,
};

/// Adds a row whose key must be free.
fn insert<K: Ord, V: Clone>(
    rows: &mut BTreeMap<K, V>,
    key: K,
    value: &V,
    what: &'static str,
) -> Result<(), StoreError> {
    match rows.entry(key) {
        Entry::Occupied(_) => Err(StoreError::Conflict(what)),
        Entry::Vacant(entry) => {
            entry.insert(value.clone());
            Ok(())
        }
    }
}

/// The row to write over, which must have the revision before `revision`.
fn stored<'a, K: Ord, V>(
    rows: &'a mut BTreeMap<K, V>,
    key: &K,
    revision: i64,
    revision_of: impl Fn(&V) -> i64,
) -> Result<&'a mut V, StoreError> {
    let row = rows.get_mut(key).filter(|row| revision_of(row) == revision - 1);
    row.ok_or(StoreError::Conflict("revision"))
}

/// The rows of a workspace, newest first.
fn newest<V>(rows: &BTreeMap<(WorkspaceId, i64), V>, workspace_id: WorkspaceId) -> impl Iterator<Item = &V> {
    rows.range((workspace_id, i64::MIN)..=(workspace_id, i64::MAX)).rev().map(|(_, row)| row)
}

/// The wanted page of rows that are in their order.
fn numbered<'a, V: Clone + 'a>(rows: impl Iterator<Item = &'a V>, page: PageNumber) -> Numbered<V> {
    let rows: Vec<_> = rows.collect();
    let total = u64::try_from(rows.len()).expect("a list in memory can be counted");
    let (number, before) = page.within(total);
    let before = usize::try_from(before).expect("no more than the rows that there are");
    let items = rows.into_iter().skip(before).take(page.size.get()).cloned().collect();
    Numbered { items, total, page: number, per_page: page.size }
}

/// The first `limit` keys, those that are due longest first.
fn longest_due<K: Ord>(due: impl Iterator<Item = (Timestamp, K)>, limit: usize) -> Vec<K> {
    let mut due: Vec<_> = due.collect();
    due.sort();
    due.into_iter().map(|(_, key)| key).take(limit).collect()
}

const fn key_of(payment: &Payment) -> PaymentKey {
    PaymentKey { workspace_id: payment.workspace_id, id: payment.id }
}

impl NumberTx for Joined {
    fn next_number(&mut self, workspace_id: WorkspaceId, kind: Kind) -> Result<i64, StoreError> {
        let number = self.rows.numbers.entry((workspace_id, kind)).or_default();
        *number += 1;
        Ok(*number)
    }
}

impl PaymentTx for Joined {
    fn insert_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
        if self.find_payment_by_token(&payment.token)?.is_some() {
            return Err(StoreError::Conflict("sandbox_payments.token"));
        }
        insert(&mut self.rows.payments, key_of(payment), payment, "sandbox_payments.id")
    }

    fn find_payment(&mut self, workspace_id: WorkspaceId, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        Ok(self.rows.payments.get(&PaymentKey { workspace_id, id }).cloned())
    }

    fn find_payment_by_token(&mut self, token: &CheckoutToken) -> Result<Option<Payment>, StoreError> {
        Ok(self.rows.payments.values().find(|payment| payment.token == *token).cloned())
    }

    fn lock_payment(&mut self, workspace_id: WorkspaceId, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        self.find_payment(workspace_id, id)
    }

    fn update_payment(&mut self, payment: &Payment) -> Result<(), StoreError> {
        let row = stored(&mut self.rows.payments, &key_of(payment), payment.revision, |row| row.revision)?;
        let Payment { status, customer, updated_at, expires_at, revision, .. } = *payment;
        *row = Payment {
            status,
            customer,
            updated_at,
            expires_at,
            revision,
            gateway: payment.gateway.clone(),
            ..row.clone()
        };
        Ok(())
    }

    fn due_payments(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PaymentKey>, StoreError> {
        let transactions = &self.rows.transactions;
        let waits = |payment: &Payment| {
            let mut own = newest(transactions, payment.workspace_id).filter(|row| row.payment_id == payment.id);
            own.any(|transaction| transaction.is_waiting())
        };
        let due = self.rows.payments.values().filter(|payment| payment.is_overdue(None, now) && !waits(payment));
        Ok(longest_due(due.map(|payment| (payment.expires_at, key_of(payment))), limit))
    }

    fn delete_payments(&mut self, ended_before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let is_old = |payment: &&Payment| payment.status.is_terminal() && payment.updated_at < ended_before;
        let old = self.rows.payments.values().filter(is_old).map(|payment| (payment.updated_at, key_of(payment)));
        let old = longest_due(old, limit);
        for key in &old {
            let is_other = |workspace_id, id| (workspace_id, id) != (key.workspace_id, key.id);
            self.rows.payments.remove(key);
            self.rows.transactions.retain(|_, row| is_other(row.workspace_id, row.payment_id));
            self.rows.refunds.retain(|_, row| is_other(row.workspace_id, row.payment_id));
        }
        Ok(old.len())
    }
}

impl TransactionTx for Joined {
    fn insert_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        let workspace_id = transaction.workspace_id;
        if self.find_transaction_by_trx_id(workspace_id, transaction.trx_id)?.is_some() {
            return Err(StoreError::Conflict("sandbox_transactions.trx_id"));
        }
        let key = (workspace_id, transaction.number);
        insert(&mut self.rows.transactions, key, transaction, "sandbox_transactions.number")
    }

    fn update_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError> {
        let key = (transaction.workspace_id, transaction.number);
        let row = stored(&mut self.rows.transactions, &key, transaction.revision, |row| row.revision)?;
        let Transaction { trx_id, payment_id, created_at, .. } = *row;
        *row = Transaction { trx_id, payment_id, created_at, ..transaction.clone() };
        Ok(())
    }

    fn find_transaction(&mut self, workspace_id: WorkspaceId, number: i64) -> Result<Option<Transaction>, StoreError> {
        Ok(self.rows.transactions.get(&(workspace_id, number)).cloned())
    }

    fn find_transaction_by_trx_id(
        &mut self,
        workspace_id: WorkspaceId,
        trx_id: TrxId,
    ) -> Result<Option<Transaction>, StoreError> {
        Ok(newest(&self.rows.transactions, workspace_id).find(|row| row.trx_id == trx_id).cloned())
    }

    fn find_transaction_by_gateway_trx_id(
        &mut self,
        workspace_id: WorkspaceId,
        gateway_trx_id: &str,
    ) -> Result<Option<Transaction>, StoreError> {
        Ok(newest(&self.rows.transactions, workspace_id).find(|row| row.gateway_trx_id == gateway_trx_id).cloned())
    }

    fn newest_transaction(
        &mut self,
        workspace_id: WorkspaceId,
        payment_id: PaymentId,
    ) -> Result<Option<Transaction>, StoreError> {
        Ok(newest(&self.rows.transactions, workspace_id).find(|row| row.payment_id == payment_id).cloned())
    }

    fn list_transactions(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &TransactionFilter,
        page: PageNumber,
    ) -> Result<Numbered<Transaction>, StoreError> {
        let wanted = newest(&self.rows.transactions, workspace_id).filter(|row| filter.wants(row));
        Ok(numbered(wanted, page))
    }

    fn due_transactions(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PaymentKey>, StoreError> {
        let due = self.rows.transactions.values().filter_map(|row| {
            let at = row.settles_at.filter(|at| *at <= now)?;
            Some((at, PaymentKey { workspace_id: row.workspace_id, id: row.payment_id }))
        });
        Ok(longest_due(due, limit))
    }
}

impl RefundTx for Joined {
    fn insert_refund(&mut self, refund: &Refund) -> Result<(), StoreError> {
        if self.rows.refunds.values().any(|row| row.id == refund.id) {
            return Err(StoreError::Conflict("sandbox_refunds.id"));
        }
        insert(&mut self.rows.refunds, (refund.workspace_id, refund.number), refund, "sandbox_refunds.number")
    }

    fn update_refund(&mut self, refund: &Refund) -> Result<(), StoreError> {
        let key = (refund.workspace_id, refund.number);
        let row = stored(&mut self.rows.refunds, &key, refund.revision, |row| row.revision)?;
        let Refund { status, settles_at, settles_as, processed_at, revision, .. } = *refund;
        *row = Refund { status, settles_at, settles_as, processed_at, revision, ..row.clone() };
        Ok(())
    }

    fn refunds_of(&mut self, workspace_id: WorkspaceId, transaction: i64) -> Result<Vec<Refund>, StoreError> {
        Ok(newest(&self.rows.refunds, workspace_id).filter(|row| row.transaction == transaction).cloned().collect())
    }

    fn list_refunds(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &RefundFilter,
        page: PageNumber,
    ) -> Result<Numbered<Refund>, StoreError> {
        Ok(numbered(newest(&self.rows.refunds, workspace_id).filter(|row| filter.wants(row)), page))
    }

    fn due_refunds(
        &mut self,
        now: Timestamp,
        made_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<DueRefund>, StoreError> {
        let is_due = |row: &&Refund| {
            let is_answered = row.settles_at.is_some_and(|at| at <= now);
            row.status == RefundStatus::Pending && (is_answered || row.created_at < made_before)
        };
        let due = self.rows.refunds.values().filter(is_due).map(|row| {
            let payment = PaymentKey { workspace_id: row.workspace_id, id: row.payment_id };
            (row.created_at, DueRefund { payment, transaction: row.transaction, number: row.number })
        });
        Ok(longest_due(due, limit))
    }
}

impl CustomerTx for Joined {
    fn insert_customer(&mut self, customer: &Customer) -> Result<bool, StoreError> {
        let workspace_id = customer.workspace_id;
        let email = customer.email.as_ref().map(|email| email.normalised());
        if let Some(email) = email
            && self.find_customer_by_email(workspace_id, &email)?.is_some()
        {
            return Ok(false);
        }
        if self.rows.customers.values().any(|row| row.id == customer.id) {
            return Err(StoreError::Conflict("sandbox_customers.id"));
        }
        let key = (workspace_id, customer.number);
        insert(&mut self.rows.customers, key, customer, "sandbox_customers.number").map(|()| true)
    }

    fn update_customer(&mut self, customer: &Customer) -> Result<(), StoreError> {
        let key = (customer.workspace_id, customer.number);
        let row = stored(&mut self.rows.customers, &key, customer.revision, |row| row.revision)?;
        let Customer { updated_at, revision, .. } = *customer;
        let (name, phone) = (customer.name.clone(), customer.phone.clone());
        *row = Customer { name, phone, updated_at, revision, ..row.clone() };
        Ok(())
    }

    fn find_customer(&mut self, workspace_id: WorkspaceId, number: i64) -> Result<Option<Customer>, StoreError> {
        Ok(self.rows.customers.get(&(workspace_id, number)).cloned())
    }

    fn find_customer_by_id(
        &mut self,
        workspace_id: WorkspaceId,
        id: CustomerId,
    ) -> Result<Option<Customer>, StoreError> {
        Ok(newest(&self.rows.customers, workspace_id).find(|row| row.id == id).cloned())
    }

    fn find_customer_by_email(
        &mut self,
        workspace_id: WorkspaceId,
        normalised: &str,
    ) -> Result<Option<Customer>, StoreError> {
        let has = |row: &&Customer| row.email.as_ref().is_some_and(|email| email.normalised() == normalised);
        Ok(newest(&self.rows.customers, workspace_id).find(has).cloned())
    }

    fn find_customer_by_phone(
        &mut self,
        workspace_id: WorkspaceId,
        normalised: &str,
    ) -> Result<Option<Customer>, StoreError> {
        let has = |row: &&Customer| row.phone.as_ref().is_some_and(|phone| phone.normalised() == normalised);
        Ok(newest(&self.rows.customers, workspace_id).find(has).cloned())
    }

    fn list_customers(
        &mut self,
        workspace_id: WorkspaceId,
        page: PageNumber,
    ) -> Result<Numbered<Customer>, StoreError> {
        Ok(numbered(newest(&self.rows.customers, workspace_id), page))
    }
}

impl GatewayTx for Joined {
    fn list_gateway_settings(&mut self, workspace_id: WorkspaceId) -> Result<Vec<GatewaySetting>, StoreError> {
        Ok(self.rows.gateways.values().filter(|row| row.workspace_id == workspace_id).cloned().collect())
    }

    fn put_gateway_setting(&mut self, setting: &GatewaySetting) -> Result<(), StoreError> {
        let key = (setting.workspace_id, setting.name.clone());
        if setting.revision == 1 {
            return insert(&mut self.rows.gateways, key, setting, "sandbox_gateways");
        }
        *stored(&mut self.rows.gateways, &key, setting.revision, |row| row.revision)? = setting.clone();
        Ok(())
    }
}
