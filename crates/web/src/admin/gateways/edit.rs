//! The page on which a gateway is switched, and told how payments through it end.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_sandbox::{Gateway, GatewayChanges, GatewayName, Outcome, SandboxError};

use super::list::{PATH, page_of};
use super::words;
use crate::admin::components::{Alert, Select, Shell, Tone};
use crate::admin::fields::Fields;
use crate::admin::menu::Place;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::path_value;
use crate::writes;

/// What the form says that leaves it to the amount.
const BY_AMOUNT: &str = "by_amount";

/// The page.
#[derive(Template)]
#[template(path = "admin/gateways/gateway.html")]
pub(in crate::admin) struct GatewayPage {
    shell: Shell,
    title: &'static str,
    alert: Option<Alert>,
    action: String,
    token: String,
    /// The revision that was seen.
    revision: i64,
    state: Select,
    outcome: Select,
}

/// Shows the form.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    signed.asker().require(Scope::EndpointsWrite).map_err(Problem::from)?;
    let gateway = find(&signed, &req).await?;
    let page = GatewayPage::of(&signed, &gateway);
    Ok(signed.visit.page(StatusCode::OK, &page)?)
}

/// Changes the gateway.
pub(in crate::admin) async fn save(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    let name: GatewayName = name(&req)?;
    signed.asker().require(Scope::EndpointsWrite)?;
    let Some(changes) = changes(&fields) else {
        let gateway = find(&signed, &req).await?;
        return refuse(signed, &gateway, StatusCode::UNPROCESSABLE_ENTITY, "Choose from the lists.");
    };
    let (gateways, subject) = (signed.sandbox()?.gateways, (signed.workspace_id(), name));
    // A form without one was not made by the page: it matches none.
    let revision = Some(fields.text("revision").parse().unwrap_or(-1));
    match writes::run(gateways.change(signed.asker(), subject, changes, revision)).await {
        Ok(_) => Ok(signed.visit.see_other_with(PATH, Notice::GatewaySaved)),
        Err(SandboxError::RevisionStale { .. }) => {
            let gateway = find(&signed, &req).await?;
            refuse(signed, &gateway, StatusCode::CONFLICT, STALE)
        }
        Err(error) => Err(error.into()),
    }
}

const STALE: &str =
    "Somebody else has changed this gateway meanwhile: below is what it is now. Choose, then save again.";

/// What the form wants; `None` when it says what no form of ours says.
fn changes(fields: &Fields) -> Option<GatewayChanges> {
    let is_on = match fields.text("state") {
        "on" => true,
        "off" => false,
        _ => return None,
    };
    let outcome = match fields.text("outcome") {
        BY_AMOUNT => None,
        word => Some(Outcome::parse(word)?),
    };
    Some(GatewayChanges { is_on: Some(is_on), outcome: Some(outcome) })
}

fn name(req: &HttpRequest) -> Result<GatewayName, Problem> {
    path_value(req, "name").ok_or_else(Problem::route_not_found)
}

async fn find(signed: &Signed, req: &HttpRequest) -> Result<Gateway, Problem> {
    let (sandbox, workspace_id, name) = (signed.sandbox()?, signed.workspace_id(), name(req)?);
    let all = blocking::run(move || sandbox.gateways.list(workspace_id)).await?;
    let found = all.into_iter().find(|gateway| gateway.gateway.name == name.as_str());
    found.ok_or_else(|| SandboxError::GatewayNotFound(name).into())
}

/// Shows the form once more, as the gateway is now.
fn refuse(signed: Signed, gateway: &Gateway, status: StatusCode, text: &str) -> Result<HttpResponse, Problem> {
    let mut page = GatewayPage::of(&signed, gateway);
    page.refused(text);
    signed.visit.page(status, &page)
}

impl GatewayPage {
    fn of(signed: &Signed, gateway: &Gateway) -> Self {
        let shell = signed.shell(format!("Change {}", gateway.gateway.title), Place::Gateways);
        Self::drawn(shell, signed.form_token(), gateway)
    }

    fn drawn(shell: Shell, token: String, gateway: &Gateway) -> Self {
        Self {
            shell,
            title: gateway.gateway.title,
            alert: None,
            action: page_of(gateway),
            token,
            revision: gateway.revision,
            state: state(gateway.is_on),
            outcome: outcome(gateway.outcome),
        }
    }

    fn refused(&mut self, text: &str) {
        let title = "The gateway was not changed".to_owned();
        self.alert = Some(Alert { tone: Tone::Bad, title, text: text.to_owned() });
        self.shell.title = format!("Error: {}", self.shell.title);
    }
}

fn state(is_on: bool) -> Select {
    let help = Some("One that is off is offered to no payer. Payments that it has begun come to their end.".to_owned());
    let options = [("on", "On"), ("off", "Off")];
    Select { help, ..Select::new("state", "State", &options, if is_on { "on" } else { "off" }) }
}

fn outcome(chosen: Option<Outcome>) -> Select {
    let word = |outcome: Option<Outcome>| outcome.map_or(BY_AMOUNT, Outcome::as_str);
    let known = std::iter::once(None).chain(Outcome::ALL.iter().copied().map(Some));
    let options: Vec<_> = known.map(|outcome| (word(outcome), words::outcome(outcome))).collect();
    let help = "By their amount: 202 wait, then succeed; 402 fail; 408 expire; 409 are disputed later; 499 are cancelled; \
        every other amount succeeds. A button of the checkout overrules it for one payment.";
    Select { help: Some(help.to_owned()), ..Select::new("outcome", "Payments end", &options, word(chosen)) }
}

#[cfg(test)]
mod samples {
    use super::super::list::samples::gateways;
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for GatewayPage {
        const TEMPLATE: &'static str = "admin/gateways/gateway.html";

        fn samples() -> Vec<Self> {
            let page = |gateway: &Gateway| {
                let shell = shell_sample(&format!("Change {}", gateway.gateway.title));
                Self::drawn(shell, "token".to_owned(), gateway)
            };
            let mut pages: Vec<_> = gateways().iter().map(page).collect();
            pages[2].refused(STALE);
            pages
        }
    }
}
