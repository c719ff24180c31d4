//! The page on which a payment is paid.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::workspaces::utc;
use devhub_sandbox::{Checkout, Gateway, Outcome, Payment, PaymentStatus};
use url::Url;

use super::frame::Frame;
use super::headers::policy_for;
use super::opened::{Opened, see_other};
use super::result_page;
use crate::admin::Fields;
use crate::admin::components::{Alert, Fact, Facts, Tone};
use crate::problem_body::Problem;

/// What a payer may have become of a payment, and how a button says it.
const OUTCOMES: [(Outcome, &str); 6] = [
    (Outcome::Success, "Success"),
    (Outcome::Failure, "Failure"),
    (Outcome::PendingThenSuccess, "Pending, then success"),
    (Outcome::Cancel, "Cancellation"),
    (Outcome::Expiry, "Expiry"),
    (Outcome::Chargeback, "Chargeback"),
];

/// The page.
#[derive(Template)]
#[template(path = "checkout/pay.html")]
pub(crate) struct PayPage {
    frame: Frame,
    alert: Option<Alert>,
    facts: Facts,
    path: String,
    gateways: Vec<GatewayChoice>,
    outcomes: Vec<(&'static str, &'static str)>,
    /// What the button says that cancels.
    cancel: String,
}

/// A gateway that can be chosen.
struct GatewayChoice {
    name: &'static str,
    title: &'static str,
    /// How payments through it end.
    help: &'static str,
    is_chosen: bool,
}

/// Shows the page while the payment waits for its payer, or for a gateway in place of which another is wanted; else what has become of
/// it.
pub(super) async fn show(opened: Opened, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let wants_other = Fields::parse(req.query_string().as_bytes()).text("other") == "1";
    match opened.checkout.view.payment.status {
        PaymentStatus::Pending => PayPage::answer(&opened, StatusCode::OK, None),
        PaymentStatus::Processing if wants_other => PayPage::answer(&opened, StatusCode::OK, None),
        PaymentStatus::Processing => Ok(see_other(&opened.result_path())),
        PaymentStatus::Completed | PaymentStatus::Failed | PaymentStatus::Cancelled | PaymentStatus::Expired => {
            result_page::tell_later(&opened)
        }
    }
}

impl PayPage {
    /// Answers with the page, and with what has kept the payer from paying, if anything has.
    pub(super) fn answer(opened: &Opened, status: StatusCode, alert: Option<Alert>) -> Result<HttpResponse, Problem> {
        let shop = cancelled_to(&opened.checkout.view.payment);
        let page = Self::of(opened, alert, shop.is_some());
        let html = page.render().map_err(Problem::internal)?;
        let mut answer = HttpResponse::build(status);
        answer.insert_header((CONTENT_TYPE, "text/html; charset=utf-8"));
        if let Some(shop) = shop {
            answer.insert_header((CONTENT_SECURITY_POLICY, policy_for(&shop)));
        }
        Ok(answer.body(html))
    }

    fn of(opened: &Opened, alert: Option<Alert>, has_shop: bool) -> Self {
        let Checkout { view, gateways, workspace_name } = &opened.checkout;
        let preferred = view.payment.gateway.as_ref().map_or("", |name| name.as_str());
        let chosen = gateways.iter().position(|one| one.gateway.name == preferred).unwrap_or(0);
        let choices = gateways.iter().enumerate().map(|(at, gateway)| GatewayChoice::of(gateway, at == chosen));
        let mut facts = opened.facts();
        facts.items.push(Fact::text("Open until", utc(view.payment.expires_at)));
        Self {
            frame: opened.frame(format!("Pay {}", opened.amount())),
            alert: alert.or_else(|| gateways.is_empty().then(nothing_to_pay_with)),
            facts,
            path: opened.path(),
            gateways: choices.collect(),
            outcomes: OUTCOMES.map(|(outcome, label)| (outcome.as_str(), label)).into(),
            cancel: if has_shop { format!("Cancel and return to {workspace_name}") } else { "Cancel".to_owned() },
        }
    }
}

impl GatewayChoice {
    fn of(gateway: &Gateway, is_chosen: bool) -> Self {
        Self {
            name: gateway.gateway.name,
            title: gateway.gateway.title,
            help: gateway.outcome.map_or("The amount decides what comes of it.", told),
            is_chosen,
        }
    }
}

/// What a gateway says that was set to an outcome.
const fn told(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "It takes every payment.",
        Outcome::Failure => "It refuses every payment.",
        Outcome::PendingThenSuccess => "It lets every payment wait for a while, then takes it.",
        Outcome::Cancel => "It answers as if the payer cancelled there.",
        Outcome::Expiry => "It lets the time of every payment run out.",
        Outcome::Chargeback => "It takes every payment, which is disputed after a while.",
    }
}

fn nothing_to_pay_with() -> Alert {
    Alert {
        tone: Tone::Warn,
        title: "No test gateway is on".to_owned(),
        text: "Switch one on under “Payment gateways” of the Developer Hub, then load this page again.".to_owned(),
    }
}

/// Where the form that cancels leads on to.
fn cancelled_to(payment: &Payment) -> Option<Url> {
    let url = payment.urls.cancel.as_ref().or(payment.urls.redirect.as_ref())?;
    Url::parse(url.as_str()).ok()
}

#[cfg(test)]
mod samples {
    use super::super::frame::samples::frame;
    use super::*;
    use crate::admin::components::Sample;

    impl Sample for PayPage {
        const TEMPLATE: &'static str = "checkout/pay.html";

        fn samples() -> Vec<Self> {
            let choice = |name, title, outcome: Option<Outcome>, is_chosen| GatewayChoice {
                name,
                title,
                help: outcome.map_or("The amount decides what comes of it.", told),
                is_chosen,
            };
            let page = |alert, gateways, cancel: &str| Self {
                frame: frame("Pay 10.00 USD"),
                alert,
                facts: Facts { items: vec![Fact::text("To", "Corner & Shop"), Fact::text("For", "Order <b>77</b>")] },
                path: "/checkout/intent/token".to_owned(),
                gateways,
                outcomes: OUTCOMES.map(|(outcome, label)| (outcome.as_str(), label)).into(),
                cancel: cancel.to_owned(),
            };
            let gateways = vec![
                choice("test_card", "Test card", None, true),
                choice("test_bank", "Test bank transfer", Some(Outcome::Failure), false),
            ];
            vec![
                page(None, gateways, "Cancel and return to Corner & Shop"),
                page(Some(nothing_to_pay_with()), Vec::new(), "Cancel"),
            ]
        }
    }
}
