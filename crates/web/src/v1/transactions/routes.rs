//! Which use case answers what is asked of transactions.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_sandbox::{SandboxError, TransactionFilter, TransactionStatus, TrxId};

use super::body::TransactionBody;
use crate::blocking;
use crate::request::{Incoming, Path, get};
use crate::services::Services;
use crate::v1::days::days;
use crate::v1::input::{Query, last_segment};
use crate::v1::routes::path;
use crate::v1::sandbox::{meta, page, sandbox};
use crate::v1::{Answer, Code, Complaints, Failure, Merchant, Reads};

pub(in crate::v1) fn paths() -> Vec<Path> {
    vec![
        path("/api/v1/transactions", "GET, HEAD").route(get().to(list)),
        path("/api/v1/transactions/{id}", "GET, HEAD").route(get().to(find)),
    ]
}

async fn list(
    merchant: Merchant<Reads>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let payments = sandbox(&services)?.payments.clone();
    let (query, mut complaints) = (Query::of(&incoming), Complaints::default());
    let (from, before) = days(&query, &mut complaints);
    let known = TransactionStatus::ALL.iter().map(|status| (status.as_str(), *status));
    let status = query.word("status", known, &mut complaints);
    let gateway = query.find("gateway").map(str::parse);
    let gateway = gateway.and_then(|name| complaints.check(Code::ValidationFailed, "gateway", name));
    let page = page(&query, &mut complaints);
    complaints.finish()?;
    let filter = TransactionFilter { status, gateway, from, before };
    let listed = blocking::run(move || payments.list_transactions(merchant.workspace_id, &filter, page)).await?;
    let items: Vec<_> = listed.items.iter().map(TransactionBody::from).collect();
    Ok(Answer::page(&items, meta(&listed)).into_response())
}

async fn find(
    merchant: Merchant<Reads>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let payments = sandbox(&services)?.payments.clone();
    let id = last_segment(&incoming);
    let hint = !id.starts_with(TrxId::PREFIX);
    let found = blocking::run(move || payments.find_transaction(merchant.workspace_id, &id)).await;
    let transaction = match found {
        Err(SandboxError::TransactionNotFound) if hint => {
            let text =
                "Transaction not found: use the trx_id, which starts with OP-, or the id that the gateway gave it";
            return Err(Failure::new(Code::TransactionNotFound, text));
        }
        found => found?,
    };
    Ok(Answer::ok(&TransactionBody::from(&transaction)).into_response())
}
