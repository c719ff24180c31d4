//! Chooses deliveries by a filter, says how many those are, and begins to send them again once somebody has seen that.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::resends::{NewResend, ResendJobError};
use devhub_domain::webhooks::{DeliveryFilter, EndpointName};
use devhub_domain::workspaces::TimeZone;

use super::query::{PATH, ResendQuery};
use super::words;
use crate::admin::components::{Alert, Fact, Facts, Field, Link, Select, Shell, Tabs, Tone};
use crate::admin::deliveries::{endpoints, states, text_field};
use crate::admin::form_errors::{Wrong, at_fields};
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::{blocking, writes};

/// The page.
#[derive(Template)]
#[template(path = "admin/resends/new.html")]
pub(in crate::admin) struct NewPage {
    shell: Shell,
    tabs: Tabs,
    /// Why nothing was begun, and where that is seen.
    alert: Option<(Alert, Option<Link>)>,
    endpoint: Select,
    event_type: Field,
    status: Select,
    event: Field,
    from: Field,
    before: Field,
    zone: String,
    /// What was counted; `None` before anything was asked for.
    counted: Option<Counted>,
}

/// What a filter matches.
struct Counted {
    title: String,
    facts: Facts,
    /// What the form that begins repeats.
    hidden: Vec<(&'static str, String)>,
    token: String,
    button: String,
    /// Why nothing can be begun; then there is no button.
    hindrance: Option<&'static str>,
}

/// What is read for the page.
struct Read {
    known: Vec<EndpointName>,
    estimate: Result<Option<(DeliveryFilter, u64)>, Vec<Wrong>>,
}

/// Shows the form, and what its filter matches.
pub(super) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let query = ResendQuery::parse(req.query_string().as_bytes());
    let page = page(&signed, &query).await?;
    signed.visit.page(StatusCode::OK, &page)
}

async fn page(signed: &Signed, query: &ResendQuery) -> Result<NewPage, Problem> {
    let (services, workspace_id) = (signed.visit.services.clone(), signed.workspace_id());
    let asked = if query.is_empty() { Ok(None) } else { query.filter(&signed.workspace.time_zone).map(Some) };
    let read = blocking::run(move || {
        let known = services.endpoints.list_names(workspace_id)?;
        let count = |filter: DeliveryFilter| {
            let estimate = services.resends.estimate(workspace_id, &filter)?;
            Ok::<_, Problem>((filter, estimate))
        };
        let estimate = match asked {
            Ok(asked) => Ok(asked.map(count).transpose()?),
            Err(wrong) => Err(wrong),
        };
        Ok::<_, Problem>(Read { known, estimate })
    });
    Ok(NewPage::of(signed, query, read.await?))
}

/// Begins.
pub(super) async fn create(form: Submitted) -> Result<HttpResponse, Problem> {
    let Submitted { signed, fields } = form;
    signed.asker().require(Scope::DeliveriesWrite)?;
    let pair = |name: &str| fields.text(name).trim().to_owned();
    let query = ResendQuery {
        endpoint: pair("endpoint"),
        event_type: pair("type"),
        status: pair("status"),
        event: pair("event"),
        from: pair("from"),
        before: pair("before"),
    };
    // The form has counted with the same texts; one that was written by hand is shown what is wrong with it.
    let Ok(filter) = query.filter(&signed.workspace.time_zone) else {
        return Ok(signed.visit.see_other(&query.href()));
    };
    signed.asker().require(Scope::DeliveriesWrite)?;
    let (resends, workspace_id) = (signed.visit.services.resends.clone(), signed.workspace_id());
    // Counted again: more may match by now, and what the form says of it is whatever somebody sends.
    let counting = resends.clone();
    let counted = blocking::run(move || {
        let estimate = counting.estimate(workspace_id, &filter)?;
        Ok::<_, ResendJobError>(NewResend { filter, estimate })
    });
    let begun = match counted.await.and_then(|new| resends.create(signed.asker(), workspace_id, new)) {
        Ok(prepared) => writes::run(prepared).await,
        Err(error) => Err(error),
    };
    let (text, link) = match begun {
        Ok(standing) => return Ok(signed.visit.see_other(&format!("{PATH}/{}", standing.job.id))),
        Err(ResendJobError::AnotherOpen(id)) => {
            let link = Link { href: format!("{PATH}/{id}"), text: "See the one that goes on".to_owned() };
            ("Deliveries are being sent again already: wait until that is done, or cancel it.", Some(link))
        }
        Err(ResendJobError::FilterEmpty) => ("Choose which deliveries are meant.", None),
        Err(error) => return Err(error.into()),
    };
    let mut page = page(&signed, &query).await?;
    page.shell.title = format!("Error: {}", page.shell.title);
    let alert = Alert { tone: Tone::Bad, title: "Nothing was begun".to_owned(), text: text.to_owned() };
    page.alert = Some((alert, link));
    signed.visit.page(StatusCode::CONFLICT, &page)
}

impl NewPage {
    fn of(signed: &Signed, query: &ResendQuery, read: Read) -> Self {
        let zone = &signed.workspace.time_zone;
        let mut page = Self::drawn(signed.shell(TITLE, Place::DeveloperHub), query, &read.known, zone);
        match read.estimate {
            Ok(found) => {
                let hindrance = (!signed.may(Scope::DeliveriesWrite)).then_some(MAY_NOT);
                page.counted = found.map(|(filter, estimate)| {
                    let named = read.known.iter().find(|name| Some(name.id) == filter.endpoint_id);
                    let clauses = words::clauses(&filter, named.map(|name| name.url.as_str()), zone);
                    Counted::of(query, &clauses, estimate, (signed.form_token(), hindrance))
                });
            }
            Err(wrong) => {
                page.shell.title = format!("Error: {}", page.shell.title);
                page.refused(&wrong);
            }
        }
        page
    }

    fn drawn(shell: Shell, query: &ResendQuery, known: &[EndpointName], zone: &TimeZone) -> Self {
        Self {
            shell,
            tabs: tabs(HubTab::Deliveries),
            alert: None,
            endpoint: endpoints("Any", &query.endpoint, known),
            event_type: text_field("type", "Event type", &query.event_type, "payment.completed"),
            status: states("Any", &query.status),
            event: text_field("event", "Event id", &query.event, "evt_…"),
            from: text_field("from", "Accepted from", &query.from, "2027-01-31 16:05"),
            before: text_field("before", "Accepted before", &query.before, "2027-01-31 18:00"),
            zone: zone.to_string(),
            counted: None,
        }
    }

    fn refused(&mut self, wrong: &[Wrong]) {
        let Self { endpoint, event_type, status, event, from, before, .. } = self;
        at_fields(&mut [endpoint, event_type, status, event, from, before], wrong);
    }
}

const TITLE: &str = "Send deliveries again";

const MAY_NOT: &str = "Owners, admins and developers can send deliveries again.";

impl Counted {
    fn of(
        query: &ResendQuery,
        clauses: &[(&'static str, String)],
        estimate: u64,
        (token, hindrance): (String, Option<&'static str>),
    ) -> Self {
        let hidden = query.pairs().into_iter().filter(|(_, value)| !value.is_empty());
        let hidden = hidden.map(|(name, value)| (name, value.to_owned())).collect();
        let told = words::estimate(estimate);
        Self {
            title: if estimate == 1 { format!("{told} matches") } else { format!("{told} match") },
            facts: Facts { items: clauses.iter().map(|(name, text)| Fact::text(name, text.clone())).collect() },
            hidden,
            token,
            button: format!("Send {told} again"),
            hindrance: if estimate == 0 { Some("There is nothing to send again.") } else { hindrance },
        }
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for NewPage {
        const TEMPLATE: &'static str = "admin/resends/new.html";

        fn samples() -> Vec<Self> {
            let page = |query: &str| {
                let query = ResendQuery::parse(query.as_bytes());
                let mut page = Self::drawn(shell_sample(TITLE), &query, &[], &TimeZone::utc());
                match query.filter(&TimeZone::utc()) {
                    Ok(_) if query.is_empty() => {}
                    Ok(filter) => {
                        let clauses = words::clauses(&filter, Some("https://shop.example/<b>"), &TimeZone::utc());
                        page.counted = Some(Counted::of(&query, &clauses, 412, ("token".to_owned(), None)));
                    }
                    Err(wrong) => page.refused(&wrong),
                }
                page
            };
            let mut refused = page("status=exhausted&from=2026-11-29");
            let text = "Deliveries are being sent again already.".to_owned();
            let alert = Alert { tone: Tone::Bad, title: "Nothing was begun".to_owned(), text };
            let link = Link { href: format!("{PATH}/job_1"), text: "See the one that goes on".to_owned() };
            refused.alert = Some((alert, Some(link)));
            if let Some(counted) = &mut refused.counted {
                counted.hindrance = Some(MAY_NOT);
            }
            vec![page(""), page("type=payment.completed&status=exhausted"), page("type=<b>&from=x"), refused]
        }
    }
}
