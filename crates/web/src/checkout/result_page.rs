//! The page that tells what has become of a payment, and leads back to the shop.

use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_sandbox::{Checkout, PaymentStatus, TransactionStatus};

use super::frame::Frame;
use super::opened::{Opened, see_other};
use crate::admin::Fields;
use crate::admin::components::{Badge, Facts, Link, Tone};
use crate::problem_body::Problem;

/// After how many seconds a page that waits looks again.
const LOOKS_AGAIN_AFTER: u32 = 3;
/// After how many seconds a payer is led back to the shop. *Source:* wire contract, §3.7.
const LEADS_BACK_AFTER: u32 = 5;

/// Without scripts, and not as an element of the page: the address there would be one more text to be escaped, and browsers take both
/// alike.
const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// The page.
#[derive(Template)]
#[template(path = "checkout/result.html")]
pub(crate) struct ResultPage {
    frame: Frame,
    badge: Badge,
    text: &'static str,
    facts: Facts,
    way_back: Option<Link>,
    /// What goes on by itself, and where one keeps it from that.
    next: Option<(String, Link)>,
    /// Where one looks again, or pays through another gateway, while there is something to wait for.
    others: Vec<Link>,
}

/// What goes on by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// Nothing.
    Stay,
    /// This page is loaded again.
    LookAgain,
    /// The shop is opened, at this address.
    LeadBack(String),
}

/// Whether the payer has just brought it about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Now,
    Later,
}

/// Tells what has become of it, and goes on by itself unless the payer has chosen to stay.
pub(super) async fn show(opened: Opened, req: HttpRequest) -> Result<HttpResponse, Problem> {
    let stays = Fields::parse(req.query_string().as_bytes()).text("stay") == "1";
    let next = match (opened.checkout.view.payment.status, opened.checkout.way_back()) {
        (PaymentStatus::Pending, _) => return Ok(see_other(&opened.path())),
        _ if stays => Next::Stay,
        (PaymentStatus::Processing, _) => Next::LookAgain,
        (_, Some(shop)) => Next::LeadBack(shop),
        (_, None) => Next::Stay,
    };
    ResultPage::answer(&opened, Told::Now, &next)
}

/// Tells it to whoever opens the address of a payment that has ended. 200, as for one that can be paid: a browser within an app shows a
/// page of its own instead of one with an error, and with it the way back to the shop would be gone.
pub(super) fn tell_later(opened: &Opened) -> Result<HttpResponse, Problem> {
    ResultPage::answer(opened, Told::Later, &Next::Stay)
}

impl ResultPage {
    fn answer(opened: &Opened, told: Told, next: &Next) -> Result<HttpResponse, Problem> {
        let html = Self::of(opened, told, next).render().map_err(Problem::internal)?;
        let mut answer = HttpResponse::Ok();
        answer.insert_header((CONTENT_TYPE, "text/html; charset=utf-8"));
        match next {
            Next::Stay => {}
            Next::LookAgain => {
                answer.insert_header((REFRESH, LOOKS_AGAIN_AFTER.to_string()));
            }
            Next::LeadBack(shop) => {
                answer.insert_header((REFRESH, format!("{LEADS_BACK_AFTER}; url={shop}")));
            }
        }
        Ok(answer.body(html))
    }

    fn of(opened: &Opened, told: Told, next: &Next) -> Self {
        let Checkout { view, workspace_name: shop, .. } = &opened.checkout;
        let status = view.payment.status;
        let said = Said::of(status, view.transaction.as_ref().map(|transaction| transaction.status), told);
        let is_on_its_way = status == PaymentStatus::Processing;
        let without_waiting = if is_on_its_way { " without waiting" } else { "" };
        let way_back = opened.checkout.way_back();
        let stays = format!("{}?stay=1", opened.result_path());
        let link = |href: String, text: &str| Link { href, text: text.to_owned() };
        let announced = match next {
            Next::Stay => None,
            Next::LookAgain => Some(format!("This page looks again every {LOOKS_AGAIN_AFTER} seconds.")),
            Next::LeadBack(_) => Some(format!("{shop} opens by itself in {LEADS_BACK_AFTER} seconds.")),
        };
        Self {
            frame: opened.frame(said.title),
            badge: Badge { tone: said.tone, text: said.badge.to_owned() },
            text: said.text,
            facts: opened.facts(),
            way_back: way_back.map(|href| link(href, &format!("Return to {shop}{without_waiting}"))),
            next: announced.map(|announced| (announced, link(stays.clone(), "Stay on this page"))),
            others: if is_on_its_way {
                let other = format!("{}?other=1", opened.path());
                vec![link(stays, "Look again"), link(other, "Pay in another way")]
            } else {
                Vec::new()
            },
        }
    }
}

/// What is said of a payment.
struct Said {
    tone: Tone,
    badge: &'static str,
    title: &'static str,
    text: &'static str,
}

impl Said {
    const fn new(tone: Tone, badge: &'static str, title: &'static str, text: &'static str) -> Self {
        Self { tone, badge, title, text }
    }

    /// What became of the money later is told as well: a payment stays complete when it goes back.
    const fn of(status: PaymentStatus, transaction: Option<TransactionStatus>, told: Told) -> Self {
        match (status, transaction, told) {
            (PaymentStatus::Completed, Some(TransactionStatus::Refunded), _) => Self::new(
                Tone::Neutral,
                "Refunded",
                "This payment was refunded",
                "It was paid, and all of it went back.",
            ),
            (PaymentStatus::Completed, Some(TransactionStatus::Disputed), _) => Self::new(
                Tone::Warn,
                "Disputed",
                "This payment is disputed",
                "It was paid, and its payer wants the money back from the bank.",
            ),
            (PaymentStatus::Completed, _, Told::Now) => {
                Self::new(Tone::Good, "Paid", "Payment complete", "Thank you. Nothing is left to do here.")
            }
            (PaymentStatus::Completed, _, Told::Later) => Self::new(
                Tone::Good,
                "Paid",
                "This payment is paid already",
                "It was paid before, and needs not be paid again.",
            ),
            (PaymentStatus::Pending | PaymentStatus::Processing, ..) => Self::new(
                Tone::Info,
                "On its way",
                "The payment is on its way",
                "The gateway has not said yet how it ends. Do not pay a second time.",
            ),
            (PaymentStatus::Failed, ..) => {
                Self::new(Tone::Bad, "Failed", "Payment failed", "The gateway refused it. Nothing was paid.")
            }
            (PaymentStatus::Cancelled, ..) => {
                Self::new(Tone::Neutral, "Cancelled", "Payment cancelled", "Nothing was paid.")
            }
            (PaymentStatus::Expired, ..) => {
                Self::new(Tone::Warn, "Expired", "Payment expired", "It was not paid in time. Nothing was paid.")
            }
        }
    }
}

#[cfg(test)]
mod samples {
    use super::super::frame::samples::frame;
    use super::*;
    use crate::admin::components::{Fact, Sample};

    /// A page as it is drawn for a payment that stands so.
    fn page(status: PaymentStatus, transaction: Option<TransactionStatus>, told: Told) -> ResultPage {
        let said = Said::of(status, transaction, told);
        ResultPage {
            frame: frame(said.title),
            badge: Badge { tone: said.tone, text: said.badge.to_owned() },
            text: said.text,
            facts: Facts { items: vec![Fact::text("To", "Corner & Shop"), Fact::text("For", "Order <b>77</b>")] },
            way_back: None,
            next: None,
            others: Vec::new(),
        }
    }

    impl Sample for ResultPage {
        const TEMPLATE: &'static str = "checkout/result.html";

        fn samples() -> Vec<Self> {
            let link = |href: &str, text: &str| Link { href: href.to_owned(), text: text.to_owned() };
            let stays = || link("/checkout/intent/token/result?stay=1", "Stay on this page");
            let shop = || Some(link("https://shop.example/?a=1&status=completed", "Return to Corner & Shop"));
            let led = Self {
                way_back: shop(),
                next: Some(("Corner & Shop opens by itself in 5 seconds.".to_owned(), stays())),
                ..page(PaymentStatus::Completed, None, Told::Now)
            };
            let waiting = Self {
                way_back: shop(),
                next: Some(("This page looks again every 3 seconds.".to_owned(), stays())),
                others: vec![
                    link("/checkout/intent/token/result?stay=1", "Look again"),
                    link("/checkout/intent/token?other=1", "Pay in another way"),
                ],
                ..page(PaymentStatus::Processing, None, Told::Now)
            };
            let others = [
                page(PaymentStatus::Completed, None, Told::Later),
                page(PaymentStatus::Completed, Some(TransactionStatus::Refunded), Told::Later),
                page(PaymentStatus::Completed, Some(TransactionStatus::Disputed), Told::Later),
                page(PaymentStatus::Failed, None, Told::Now),
                page(PaymentStatus::Cancelled, None, Told::Now),
                page(PaymentStatus::Expired, None, Told::Later),
            ];
            [led, waiting].into_iter().chain(others).collect()
        }
    }
}
