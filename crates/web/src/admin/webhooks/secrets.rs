//! The secrets of an endpoint: which there are, and showing or retiring one of them, which is asked for first.
//!
//! *Threat:* whoever finds a browser open takes secrets away unseen. *Defence:* the use case shows one only to who has just given the
//! password, and writes it into the audit log; a page that asks sends everybody else to the password first. The secret stands in the
//! answer of a form alone, which is stored nowhere. *Not defended:* see `reveal_service` in the domain.

use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse};
use devhub_domain::api_keys::Scope;
use devhub_domain::id::{EndpointId, EndpointSecretId};
use devhub_domain::webhooks::{Endpoint, EndpointSecret, RevealError};
use devhub_domain::workspaces::TimeZone;

use super::paths::{below, endpoint_id, find, page_of};
use super::secret_page::SecretPage;
use crate::admin::components::{Action, Badge, Cell, Column, Confirm, Row, Table, Tone};
use crate::admin::confirm::ConfirmPage;
use crate::admin::menu::Place;
use crate::admin::moments::moment;
use crate::admin::next::confirm_password_then;
use crate::admin::notice::Notice;
use crate::admin::signed::{Signed, Submitted};
use crate::problem_body::Problem;
use crate::request::path_value;
use crate::writes;

/// What can be done with one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Reveal,
    Retire,
}

/// Which secret, and what is wanted of it.
#[derive(Clone, Copy)]
struct Wanted {
    id: EndpointId,
    secret_id: EndpointSecretId,
    change: Change,
}

/// The words of all that can be done.
pub(in crate::admin) fn changes() -> [&'static str; 2] {
    Change::ALL.map(Change::word)
}

impl Change {
    const ALL: [Self; 2] = [Self::Reveal, Self::Retire];

    /// The word in addresses.
    const fn word(self) -> &'static str {
        match self {
            Self::Reveal => "reveal",
            Self::Retire => "retire",
        }
    }

    /// The word on buttons.
    const fn label(self) -> &'static str {
        match self {
            Self::Reveal => "Show",
            Self::Retire => "Retire",
        }
    }

    /// What will happen.
    const fn lines(self) -> [&'static str; 2] {
        match self {
            Self::Reveal => [
                "It is shown on the next page, and gone when that is left.",
                "That you have seen it is written into the audit log.",
            ],
            Self::Retire => [
                "It signs nothing any more, from the next request on.",
                "Whoever still checks signatures with it refuses what the hub sends.",
            ],
        }
    }
}

impl Wanted {
    fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let no_secret = || Problem::no_such_part("endpoint_secret_not_found", "secret", "endpoint");
        let word = req.match_info().get("change").unwrap_or_default();
        let change = Change::ALL.into_iter().find(|change| change.word() == word);
        let change = change.ok_or_else(Problem::route_not_found)?;
        let secret_id = path_value(req, "secret_id").ok_or_else(no_secret)?;
        Ok(Self { id: endpoint_id(req)?, secret_id, change })
    }

    fn path(self) -> String {
        path_of(self.id, self.secret_id, self.change)
    }
}

fn path_of(id: EndpointId, secret_id: EndpointSecretId, change: Change) -> String {
    below(id, &format!("secrets/{secret_id}/{}", change.word()))
}

/// Asks whether it shall be done; for the password first where that was given too long ago.
pub(in crate::admin) async fn ask(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Error> {
    let wanted = Wanted::of(&req)?;
    signed.asker().require(Scope::EndpointsWrite).map_err(Problem::from)?;
    let target = find(&signed, wanted.id).await?;
    let is_stepped_up = signed.asker().has_stepped_up(signed.visit.services.clock.now());
    if wanted.change == Change::Reveal && !is_stepped_up {
        return Ok(signed.visit.see_other(&confirm_password_then(&wanted.path())));
    }
    let mut lines = vec![format!("{} of {}.", wanted.secret_id, target.endpoint.url.as_str())];
    lines.extend(wanted.change.lines().map(str::to_owned));
    let confirm = Confirm {
        title: format!("{} this signing secret?", wanted.change.label()),
        lines,
        action: wanted.path(),
        token: signed.form_token(),
        button: format!("{} secret", wanted.change.label()),
        is_danger: wanted.change == Change::Retire,
        cancel: page_of(wanted.id),
    };
    Ok(ConfirmPage::answer(signed, Place::DeveloperHub, confirm)?)
}

/// Does it.
pub(in crate::admin) async fn change(req: HttpRequest, form: Submitted) -> Result<HttpResponse, Problem> {
    let wanted = Wanted::of(&req)?;
    match wanted.change {
        Change::Reveal => reveal(form.signed, wanted).await,
        Change::Retire => retire(form.signed, wanted).await,
    }
}

async fn reveal(signed: Signed, wanted: Wanted) -> Result<HttpResponse, Problem> {
    // Before it is shown and written down that it was: a page that failed then would have shown nothing.
    let target = find(&signed, wanted.id).await?;
    let (endpoints, asker) = (&signed.visit.services.endpoints, signed.asker());
    let reveal = endpoints.reveal_secret(asker, signed.workspace_id(), wanted.id, wanted.secret_id);
    let revealed = match writes::run(reveal).await {
        Ok(revealed) => revealed,
        Err(RevealError::StepUpNeeded) => return Ok(signed.visit.see_other(&confirm_password_then(&wanted.path()))),
        Err(error) => return Err(error.into()),
    };
    tracing::info!(operator.id = %signed.operator_id(), endpoint.id = %wanted.id, "a signing secret was shown");
    let page = SecretPage::new(&signed, "Signing secret", &target.endpoint, &revealed.secret);
    signed.visit.page(StatusCode::OK, &page)
}

async fn retire(signed: Signed, wanted: Wanted) -> Result<HttpResponse, Problem> {
    let (endpoints, asker) = (&signed.visit.services.endpoints, signed.asker());
    writes::run(endpoints.retire_secret(asker, signed.workspace_id(), wanted.id, wanted.secret_id)).await?;
    Ok(signed.visit.see_other_with(&page_of(wanted.id), Notice::SecretRetired))
}

/// The secrets that sign, newest first.
pub(super) fn table(endpoint: &Endpoint, secrets: &[EndpointSecret], zone: &TimeZone, may_write: bool) -> Table {
    let mut columns: Vec<_> = ["Secret", "State", "Created"].map(Column::new).into();
    if may_write {
        columns.push(Column::actions());
    }
    let rows = secrets.iter().map(|secret| row(endpoint.id, secret, zone, may_write)).collect();
    Table { caption: "Signing secrets, newest first".to_owned(), columns, rows }
}

fn row(id: EndpointId, secret: &EndpointSecret, zone: &TimeZone, may_write: bool) -> Row {
    let until = secret.expires_at.map(|at| ("signs until", moment(at, zone)));
    let (tone, text) = if secret.is_current() { (Tone::Good, "Current") } else { (Tone::Warn, "In its grace") };
    let badge = Badge { tone, text: text.to_owned() };
    let mut cells = vec![
        Cell::Strong(secret.id.to_string()),
        Cell::State { badge, until },
        Cell::Moment(moment(secret.created_at, zone)),
    ];
    if may_write {
        let offered = [Some(Change::Reveal), (!secret.is_current()).then_some(Change::Retire)];
        cells.push(Cell::Actions(offered.into_iter().flatten().map(|change| action(id, secret, change)).collect()));
    }
    Row { is_dimmed: false, id: secret.id.to_string(), cells }
}

fn action(id: EndpointId, secret: &EndpointSecret, change: Change) -> Action {
    Action {
        label: change.label().to_owned(),
        href: path_of(id, secret.id, change),
        is_danger: change == Change::Retire,
        is_question: true,
        accessible_label: format!("{} {}", change.label(), secret.id),
    }
}
