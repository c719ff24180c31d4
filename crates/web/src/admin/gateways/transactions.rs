//! What came through the gateways last.

use devhub_domain::workspaces::TimeZone;
use devhub_sandbox::Transaction;

use super::words;
use crate::admin::components::{Cell, Column, EmptyState, Row, Table};
use crate::admin::moments::cell;

/// Transactions, newest first; `None` when there is none.
pub(super) fn table(transactions: &[Transaction], zone: &TimeZone) -> Option<Table> {
    if transactions.is_empty() {
        return None;
    }
    let columns = ["Transaction", "Amount", "Status", "Gateway", "Reference", "Changed"].map(Column::new).into();
    let rows = transactions.iter().map(|transaction| row(transaction, zone)).collect();
    Some(Table { caption: "Last transactions".to_owned(), columns, rows })
}

fn row(transaction: &Transaction, zone: &TimeZone) -> Row {
    let Transaction { trx_id, amount, reference, gateway, .. } = transaction;
    let reference = reference.as_str();
    let cells = vec![
        Cell::Strong(trx_id.to_string()),
        Cell::Text(format!("{amount} {}", amount.currency())),
        Cell::Badges(vec![words::status(transaction.status)]),
        Cell::Code(gateway.to_string()),
        if reference.is_empty() { Cell::Empty } else { Cell::Text(reference.to_owned()) },
        cell(Some(transaction.updated_at), zone),
    ];
    Row { is_dimmed: false, id: trx_id.to_string(), cells }
}

/// What stands in place of the first transaction.
pub(super) fn nothing() -> EmptyState {
    EmptyState {
        title: "No transactions yet".to_owned(),
        text: vec!["Each try to pay a payment of the sandbox stands here.".to_owned()],
        steps: vec![
            "Create a payment: POST /api/v1/payments with a key of this workspace.".to_owned(),
            "Open its checkout_url and pay.".to_owned(),
        ],
        action: None,
    }
}
