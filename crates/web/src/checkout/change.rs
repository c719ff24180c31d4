//! What a payer does: pays, with an outcome or without, or cancels.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use devhub_sandbox::{GatewayName, Outcome, SandboxError};

use super::opened::{Opened, see_other};
use super::pay_page::PayPage;
use crate::admin::Fields;
use crate::admin::components::{Alert, Tone};
use crate::problem_body::{FieldError, Problem};
use crate::request::Incoming;
use crate::writes;

/// Pays. Whoever comes second, in another window, is shown what the first has brought about.
pub(super) async fn pay(opened: Opened, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let fields = Fields::parse(&incoming.form(opened.services.limits).await?);
    let outcome = match fields.text("outcome") {
        "" => None,
        word => Some(Outcome::parse(word).ok_or_else(no_such_outcome)?),
    };
    let Ok(gateway) = fields.text("gateway").parse::<GatewayName>() else {
        return refuse(&opened, "No gateway was chosen");
    };
    let paid = writes::run(opened.sandbox.checkouts.pay(&opened.token, gateway, outcome)).await;
    match paid {
        // What came of it, or has come of it before, is told there.
        Ok(_) | Err(SandboxError::NotPayable(_)) => Ok(see_other(&opened.result_path())),
        Err(SandboxError::GatewayOff(_) | SandboxError::GatewayNotFound(_)) => {
            refuse(&opened, "This gateway cannot be chosen any more")
        }
        Err(error) => Err(error.into()),
    }
}

/// Cancels, and leads back to the shop at once. *Source:* wire contract, §3.7.
pub(super) async fn cancel(opened: Opened) -> Result<HttpResponse, Problem> {
    match writes::run(opened.sandbox.checkouts.cancel(&opened.token)).await {
        Ok(view) => {
            let cancelled = opened.changed(view);
            let shop = cancelled.checkout.way_back();
            Ok(see_other(&shop.unwrap_or_else(|| cancelled.result_path())))
        }
        Err(SandboxError::NotPayable(_)) => Ok(see_other(&opened.result_path())),
        Err(error) => Err(error.into()),
    }
}

fn no_such_outcome() -> Problem {
    let known: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
    let detail = format!("unknown outcome: use {}", known.join(", "));
    Problem::invalid_fields(vec![FieldError { field: "outcome".into(), detail }])
}

fn refuse(opened: &Opened, title: &str) -> Result<HttpResponse, Problem> {
    let alert =
        Alert { tone: Tone::Bad, title: title.to_owned(), text: "Nothing was paid: choose one below.".to_owned() };
    PayPage::answer(opened, StatusCode::UNPROCESSABLE_ENTITY, Some(alert))
}
