//! The log as it grows: new deliveries, and what becomes of them, told to a browser that keeps its request open.
//!
//! *Threat:* streams that nobody ends hold memory, turns of the database and connections; one goes on telling what its session may no
//! longer see, or tells a page of one workspace of another. *Defence:* there are so many at a time on a node and for a session; each reads
//! one bounded page at an interval, never further back than its beginning; who asks is looked up anew for each read, and the stream ends
//! with the session, the role or the workspace that it works in, by itself after some minutes, and when the node leaves; a page asks for
//! the workspace that it shows. *Not defended:* what a page has told already stays in sight.
//!
//! Every node reads the store, so that what others have accepted is told too. Which rows are new is not decided by an id alone: two nodes
//! may commit in another order than that of their ids, and what is old goes on to be sent. So a browser that comes back says nothing of
//! what it has seen: it is told all that is not further back, and knows its rows by their ids.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;
use devhub_domain::api_keys::Scope;
use devhub_domain::id::{DeliveryId, WorkspaceId};
use devhub_domain::operators::SignedIn;
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::secret::Secret;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Delivery, DeliveryFilter, DeliveryState};
use devhub_domain::workspaces::TimeZone;

use super::query::LogQuery;
use super::rows::{named, table};
use super::tail_body::TailBody;
use super::tails::Place;
use crate::admin::form_errors::Wrong;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;
use crate::services::Services;

/// The address of the stream, with the filters of the log.
pub(super) const PATH: &str = "/admin/developer/deliveries/tail";

/// Names the workspace of the page that asks.
const WORKSPACE: &str = "workspace";

/// Pause between two reads: soon enough to be called live, and a read of an index by a few dozen streams is nothing to the store.
pub(super) const INTERVAL: Duration = Duration::from_secs(2);

/// Reads of one stream; then it ends, and the browser comes back. Ten minutes.
const READS_MAX: u32 = 300;

/// Reads without anything new after which a comment says that the stream is alive: proxies cut off what is silent for a minute.
const SILENT_READS_MAX: u32 = 7;

/// Deliveries that one read looks at; of more within an interval only the newest are told, and the log has all of them.
const ROWS_MAX: u64 = 25;

/// How far back a delivery may have been accepted whose changes are told.
const BACK: Duration = Duration::from_mins(10);

/// What a stream asks for when it is told nothing else: the browser waits so long before it comes back.
const BEGINNING: &str = "retry: 3000\n: the log from now on\n\n";

/// A stream, between two reads.
pub(super) struct Tail {
    services: Data<Services>,
    token: Secret,
    workspace_id: WorkspaceId,
    zone: TimeZone,
    filter: DeliveryFilter,
    /// What was told, or was there before: how it stood.
    known: BTreeMap<DeliveryId, (DeliveryState, u32)>,
    reads: u32,
    silent: u32,
    /// Given back when the stream ends.
    _place: Place,
}

/// What a page is told last, once its session has ended.
const ENDED: &str = "Your session has ended: sign in again, then reload the page.";

/// What a page is told last, once its session works in another workspace.
const SWITCHED: &str = "You have switched to another workspace: reload the page to watch what happens there.";

/// What one read comes to, or why there is no other.
type Seen = Result<Read, &'static str>;

/// What one read comes to.
struct Read {
    html: String,
    known: BTreeMap<DeliveryId, (DeliveryState, u32)>,
}

/// Begins a stream.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    signed.asker().require(Scope::DeliveriesRead)?;
    if asks_elsewhere(&req, signed.workspace_id()) {
        return Ok(stream().body(format!("{BEGINNING}{}", end(SWITCHED))));
    }
    let query = LogQuery::parse(req.query_string());
    let services = signed.visit.services.clone();
    let (asked, workspace_id) = (query.clone(), signed.workspace_id());
    let reading = services.clone();
    let known = blocking::run(move || Ok::<_, Problem>(reading.endpoints.list_names(workspace_id)?)).await?;
    let filter = asked.filter(&known, &signed.workspace.time_zone).map_err(|wrong| refused(&wrong))?;
    let place = services.pages.tails.take(signed.who.session.id).ok_or_else(|| Problem::rate_limited(INTERVAL))?;
    let now = services.clock.now();
    let tail = Tail {
        token: Secret::new(signed.visit.session().unwrap_or_default()),
        workspace_id,
        zone: signed.workspace.time_zone.clone(),
        filter: since(filter, now),
        known: BTreeMap::new(),
        reads: 0,
        silent: 0,
        _place: place,
        services,
    };
    Ok(stream().body(TailBody::new(BEGINNING, tail)))
}

fn stream() -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        // Whatever compresses would keep rows back until it has enough of them; some proxies gather answers for no reason at all.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"));
    answer
}

/// The stream of a page of this workspace.
pub(super) fn of_workspace(path: &str, id: WorkspaceId) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}{WORKSPACE}={id}")
}

/// Whether a page of another workspace asks: a browser comes back by itself, also after a switch.
fn asks_elsewhere(req: &HttpRequest, id: WorkspaceId) -> bool {
    let mut query = url::form_urlencoded::parse(req.query_string().as_bytes());
    query.any(|(name, value)| name == WORKSPACE && value.parse::<WorkspaceId>().ok() != Some(id))
}

/// What of the filter cannot be looked for, as the page of the log says it at its fields.
fn refused(wrong: &[Wrong]) -> Problem {
    let said: Vec<_> = wrong.iter().map(|(field, text)| format!("{field}: {}", text.trim_end_matches('.'))).collect();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", said.join(". "))
}

/// Never further back than this: what a read looks at must not grow with the log.
fn since(mut filter: DeliveryFilter, now: Timestamp) -> DeliveryFilter {
    filter.created.from = filter.created.from.max(Some(now.minus(BACK)));
    filter
}

impl Tail {
    /// The next part of the stream; `None` for its end.
    pub(super) async fn next(mut self) -> (Self, Option<Bytes>) {
        loop {
            if self.reads >= READS_MAX || self.is_leaving().await {
                return (self, None);
            }
            // The first is at once: what has happened since the page was drawn is not kept back.
            if self.reads > 0 {
                tokio::time::sleep(INTERVAL).await;
            }
            self.reads += 1;
            match self.read().await {
                Ok(Err(why)) => {
                    self.reads = READS_MAX;
                    return (self, Some(Bytes::from(end(why))));
                }
                Ok(Ok(read)) => {
                    self.known = read.known;
                    if !read.html.is_empty() {
                        self.silent = 0;
                        let event = event(&read.html);
                        return (self, Some(event));
                    }
                }
                // Told to nobody: the next read may find the store again, and until then nothing is new.
                Err(error) => tracing::warn!(code = error.code(), "a read of the live log failed"),
            }
            self.silent += 1;
            if self.silent >= SILENT_READS_MAX {
                self.silent = 0;
                return (self, Some(Bytes::from_static(b": nothing new\n\n")));
            }
        }
    }

    /// Whether this node is about to end: a stream would hold it up.
    async fn is_leaving(&self) -> bool {
        let readiness = self.services.readiness.clone();
        let unready = blocking::run(move || Ok::<_, StoreError>(readiness.unready())).await.unwrap_or_default();
        unready.iter().any(|unready| unready.component == "server")
    }

    /// Looks for what is new, while whoever asked may know it.
    async fn read(&self) -> Result<Seen, Problem> {
        let (services, workspace_id, zone) = (self.services.clone(), self.workspace_id, self.zone.clone());
        let (filter, known) = (self.filter.clone(), self.known.clone());
        let token = self.token.clone();
        blocking::run(move || {
            let who = services.pages.sessions.find(token.expose())?;
            let may = |who: &SignedIn| who.operator.role.scopes().contains(Scope::DeliveriesRead);
            let Some(who) = who.filter(may) else {
                return Ok::<_, Problem>(Err(ENDED));
            };
            if who.session.workspace_id != workspace_id {
                return Ok(Err(SWITCHED));
            }
            let request = PageRequest { size: PageSize::new(ROWS_MAX).unwrap_or_default(), after: None };
            let mut page = services.deliveries.list(workspace_id, &filter, request)?;
            let now: BTreeMap<_, _> = page.items.iter().map(|delivery| (delivery.id, standing(delivery))).collect();
            page.items.retain(|delivery| is_news(delivery, &known));
            let found = named(&services, workspace_id, page)?;
            let html = table(&found, &zone).map(|table| table.render()).transpose().map_err(Problem::internal)?;
            Ok(Ok(Read { html: html.unwrap_or_default(), known: now }))
        })
        .await
    }
}

/// The last event of a stream.
fn end(why: &str) -> String {
    format!("event: ended\ndata: {why}\n\n")
}

const fn standing(delivery: &Delivery) -> (DeliveryState, u32) {
    (delivery.state, delivery.attempts)
}

/// Whether a delivery is told: it stands otherwise than it was told, if it was. So the first read tells what the page shows as well,
/// and what has changed since that was drawn; the browser puts rows in the place of those that it has.
fn is_news(delivery: &Delivery, known: &BTreeMap<DeliveryId, (DeliveryState, u32)>) -> bool {
    known.get(&delivery.id) != Some(&standing(delivery))
}

/// An event of the stream: rows as the log shows them. Its lines end where ours do, whatever is in a text.
fn event(html: &str) -> Bytes {
    let mut text = "event: deliveries\n".to_owned();
    for line in html.split(['\n', '\r']).filter(|line| !line.is_empty()) {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use devhub_domain::testing::{endpoint, event};

    use super::*;

    fn delivery(number: u8) -> Delivery {
        let id = DeliveryId::from_bytes([number; 16]);
        Delivery { id, ..Delivery::born(&event(1), &endpoint(1), None) }
    }

    #[test]
    fn no_text_of_others_ends_a_line_of_the_stream() {
        let event = super::event("<p>one\r\rdata: forged\r\n\nevent: ended</p>");
        let text = String::from_utf8(event.to_vec()).unwrap();
        let lines: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(lines, ["data: <p>one", "data: data: forged", "data: event: ended</p>", ""]);
    }

    #[test]
    fn what_is_new_or_stands_otherwise_is_told_once() {
        let (old, new) = (delivery(1), delivery(2));
        let known = BTreeMap::from([(old.id, standing(&old))]);
        assert!(is_news(&old, &BTreeMap::new()), "it may have changed since the page was drawn");
        assert!(!is_news(&old, &known));
        assert!(is_news(&new, &known));
        let sent = Delivery { attempts: old.attempts + 1, ..old };
        assert!(is_news(&sent, &known), "it was sent meanwhile");
    }
}
