//! The payment that a path names, as an argument of handlers: none answers for one that is not there.
//!
//! *Threat:* somebody who tries addresses as fast as they can.
//! *Defence:* an address of the network that asks for many payments that are not there, or for what is no token at all, is told to wait,
//! in buckets of its own: neither do wrong keys make payers wait, nor wrong addresses clients. Only what failed is counted, and it is
//! counted after it was looked for, so that the address of a payment leads there whatever else came from the same network.
//! *Not defended:* the reads. Whether there is a payment is known only after one, so that each guess that has the shape of a token costs
//! one by an index, also while its sender is told to wait; what is no token costs none.

use std::pin::Pin;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev};
use devhub_sandbox::{Checkout, CheckoutToken, PaymentView, Sandbox, SandboxError};

use super::frame::Frame;
use super::routes::SCOPE;
use crate::admin::components::{Fact, FactValue, Facts};
use crate::blocking;
use crate::client_address::client_address;
use crate::problem_body::Problem;
use crate::request::path_value;
use crate::services::Services;

/// A payment whose address somebody has opened.
pub(super) struct Opened {
    pub(super) services: Data<Services>,
    pub(super) sandbox: Sandbox,
    pub(super) token: CheckoutToken,
    pub(super) checkout: Checkout,
}

impl Opened {
    /// Finds the payment.
    async fn of(req: HttpRequest) -> Result<Self, Problem> {
        let services = req.app_data::<Data<Services>>().cloned();
        let services =
            services.ok_or_else(|| Problem::internal("the application was not configured with its services"))?;
        let sandbox = services.sandbox.clone().ok_or(SandboxError::CheckoutNotFound)?;
        let token: CheckoutToken = path_value(&req, "token").ok_or_else(|| not_there(&req, &services))?;
        let checkouts = sandbox.checkouts.clone();
        match blocking::run(move || checkouts.find(&token)).await {
            Ok(checkout) => Ok(Self { services, sandbox, token, checkout }),
            Err(SandboxError::CheckoutNotFound) => Err(not_there(&req, &services)),
            Err(error) => Err(error.into()),
        }
    }

    /// The address of its page, without host.
    pub(super) fn path(&self) -> String {
        format!("{SCOPE}/intent/{}", self.token.expose())
    }

    /// Where what has become of it is told.
    pub(super) fn result_path(&self) -> String {
        format!("{}/result", self.path())
    }

    /// What is paid: `10.00 USD`.
    pub(super) fn amount(&self) -> String {
        let amount = self.checkout.view.payment.amount;
        format!("{amount} {}", amount.currency())
    }

    /// What stands around one of its pages.
    pub(super) fn frame(&self, title: impl Into<String>) -> Frame {
        let assets = self.services.pages.assets().checkout_links();
        Frame { title: title.into(), shop: self.checkout.workspace_name.to_string(), assets }
    }

    /// What payer and shop know it by.
    pub(super) fn facts(&self) -> Facts {
        let PaymentView { payment, transaction, .. } = &self.checkout.view;
        let mut items = vec![Fact::text("To", self.checkout.workspace_name.to_string())];
        if !payment.reference.as_str().is_empty() {
            items.push(Fact::text("For", payment.reference.as_str()));
        }
        items.push(Fact::text("Amount", self.amount()));
        items.extend(
            transaction
                .as_ref()
                .map(|transaction| Fact::new("Transaction", FactValue::Code(transaction.trx_id.to_string()))),
        );
        Facts { items }
    }

    /// The same payment after a change of it.
    pub(super) fn changed(self, view: PaymentView) -> Self {
        Self { checkout: Checkout { view, ..self.checkout }, ..self }
    }
}

/// Counts a request for a payment that is not there; says so, or how long to wait if there were too many.
fn not_there(req: &HttpRequest, services: &Services) -> Problem {
    let address = client_address(req, &services.trusted_proxies);
    let is_counted = !services.rates.is_exempt(address);
    let wait = is_counted.then(|| services.checkout_guard.record(address)).flatten();
    wait.map_or_else(|| SandboxError::CheckoutNotFound.into(), Problem::rate_limited)
}

impl FromRequest for Opened {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(req: &HttpRequest, _payload: &mut dev::Payload) -> Self::Future {
        Box::pin(Self::of(req.clone()))
    }
}

/// Sends the browser on, by GET.
pub(super) fn see_other(address: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::SEE_OTHER).insert_header((LOCATION, address)).finish()
}
