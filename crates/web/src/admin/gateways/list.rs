//! The list of gateways, and what came through them last.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::workspaces::TimeZone;
use devhub_sandbox::{Gateway, PageNumber, TransactionFilter};

use super::{transactions, words};
use crate::admin::components::{Action, Cell, Column, EmptyState, Row, Shell, Table};
use crate::admin::menu::Place;
use crate::admin::moments::cell;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// The address of the list.
pub(in crate::admin) const PATH: &str = "/admin/gateways";

/// The page.
#[derive(Template)]
#[template(path = "admin/gateways/list.html")]
pub(in crate::admin) struct ListPage {
    shell: Shell,
    gateways: Table,
    transactions: Option<Table>,
    nothing: Option<EmptyState>,
    zone: String,
}

/// Shows the gateways of the workspace.
pub(in crate::admin) async fn show(signed: Signed) -> Result<HttpResponse, Problem> {
    let (sandbox, workspace_id) = (signed.sandbox()?, signed.workspace_id());
    let (gateways, newest) = blocking::run(move || {
        let filter = TransactionFilter::default();
        let newest = sandbox.payments.list_transactions(workspace_id, &filter, PageNumber::default())?;
        Ok::<_, Problem>((sandbox.gateways.list(workspace_id)?, newest))
    })
    .await?;
    let zone = &signed.workspace.time_zone;
    let transactions = transactions::table(&newest.items, zone);
    let page = ListPage {
        shell: signed.shell("Payment gateways", Place::Gateways),
        gateways: table(&gateways, zone, signed.may(Scope::EndpointsWrite)),
        nothing: transactions.is_none().then(transactions::nothing),
        transactions,
        zone: zone.to_string(),
    };
    signed.visit.page(StatusCode::OK, &page)
}

/// The address of a gateway's page.
pub(super) fn page_of(gateway: &Gateway) -> String {
    format!("{PATH}/{}", gateway.gateway.name)
}

fn table(gateways: &[Gateway], zone: &TimeZone, may_change: bool) -> Table {
    let named = ["Gateway", "State", "Payments end", "Kind", "Fee", "Changed"].map(Column::new);
    let columns = named.into_iter().chain(may_change.then(Column::actions)).collect();
    let rows = gateways.iter().map(|gateway| row(gateway, zone, may_change)).collect();
    Table { caption: "Payment gateways".to_owned(), columns, rows }
}

fn row(gateway: &Gateway, zone: &TimeZone, may_change: bool) -> Row {
    let known = gateway.gateway;
    let change = || {
        Cell::Actions(vec![Action {
            is_question: false,
            label: "Change".to_owned(),
            href: page_of(gateway),
            is_danger: false,
            accessible_label: format!("Change {}", known.title),
        }])
    };
    let mut cells = vec![
        Cell::Strong(known.title.to_owned()),
        Cell::Badges(vec![words::state(gateway.is_on)]),
        Cell::Text(words::outcome(gateway.outcome).to_owned()),
        Cell::Text(words::kind(known.kind).to_owned()),
        Cell::Text(words::fee(known.fee_basis_points)),
        cell(gateway.updated_at, zone),
    ];
    cells.extend(may_change.then(change));
    Row { is_dimmed: !gateway.is_on, id: known.name.to_owned(), cells }
}

#[cfg(test)]
pub(super) mod samples {
    use devhub_domain::time::Timestamp;
    use devhub_sandbox::{Outcome, TEST_GATEWAYS};

    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    /// One as it comes, one that is off, one that was set to fail.
    pub(in crate::admin::gateways) fn gateways() -> Vec<Gateway> {
        let gateway = |gateway, is_on, outcome, revision: i64| Gateway {
            gateway,
            is_on,
            outcome,
            updated_at: (revision > 0).then_some(Timestamp::from_seconds(1_795_514_400)),
            revision,
        };
        vec![
            gateway(&TEST_GATEWAYS[0], true, None, 0),
            gateway(&TEST_GATEWAYS[1], false, None, 1),
            gateway(&TEST_GATEWAYS[2], true, Some(Outcome::Failure), 2),
        ]
    }

    impl Sample for ListPage {
        const TEMPLATE: &'static str = "admin/gateways/list.html";

        fn samples() -> Vec<Self> {
            let page = |may_change, transactions: Option<Table>| Self {
                shell: shell_sample("Payment gateways"),
                gateways: table(&gateways(), &TimeZone::utc(), may_change),
                nothing: transactions.is_none().then(transactions::nothing),
                transactions,
                zone: "UTC".to_owned(),
            };
            vec![page(true, None), page(false, Table::samples().into_iter().last())]
        }
    }
}
