//! The list: read, and drawn as a table.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::{ApiKey, KeyState, Scope};
use devhub_domain::id::KeyId;
use devhub_domain::page::Page;
use devhub_domain::time::Timestamp;

use super::page::{KeysPage, Listing, SearchForm, no_keys, no_match, select};
use super::query::{ListQuery, PATH};
use super::status::Change;
use crate::admin::components::{Action, Badge, Cell, Column, Field, FieldKind, Pagination, Row, Table, Tone};
use crate::admin::moments;
use crate::admin::sentence::sentence;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// Shows the keys.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let query = ListQuery::parse(req.query_string());
    if let Some(shorter) = query.without_secret(&signed.visit.services.token_prefix) {
        return Ok(signed.visit.see_other(&shorter.href()));
    }
    let list = listing(&signed, &query).await?;
    let page = KeysPage::new(&signed, list);
    signed.visit.page(StatusCode::OK, &page)
}

/// Reads the keys that are asked for.
pub(super) async fn listing(signed: &Signed, query: &ListQuery) -> Result<Listing, Problem> {
    let mut search = search_form(query);
    let found = match query.filter(&signed.visit.services.token_prefix) {
        Ok(filter) => {
            let (keys, workspace_id, page) = (signed.visit.services.keys.clone(), signed.workspace_id(), query.page());
            blocking::run(move || keys.list(workspace_id, &filter, page)).await?
        }
        Err(error) => {
            search.search.error = Some(sentence(&error.to_string()));
            Page { items: Vec::new(), next: None }
        }
    };
    if !found.items.is_empty() {
        return Ok(Listing {
            search: Some(search),
            table: Some(table(signed, query, &found.items)),
            empty: None,
            pagination: Some(pagination(query, &found)),
        });
    }
    let is_all = !query.is_filtered() && query.after.is_none();
    let empty = if is_all { no_keys(signed.may(Scope::KeysWrite)) } else { no_match() };
    Ok(Listing { search: (!is_all).then_some(search), table: None, empty: Some(empty), pagination: None })
}

const STATES: [(&str, &str); 5] =
    [("", "All"), ("active", "Active"), ("locked", "Locked"), ("revoked", "Revoked"), ("expired", "Expired")];

pub(super) fn search_form(query: &ListQuery) -> SearchForm {
    let environments = [("", "All"), ("live", "live"), ("test", "test")];
    let environment = query.environment.as_ref().map_or("", |environment| environment.as_str());
    SearchForm {
        search: Field {
            name: "q",
            label: "Search keys".to_owned(),
            kind: FieldKind::Search,
            value: query.search.clone(),
            placeholder: "Label or prefix".to_owned(),
            max_length: Some(100),
            ..Field::default()
        },
        status: select("status", "Status", &STATES, query.state.map_or("", KeyState::as_str)),
        environment: select("env", "Environment", &environments, environment),
        is_filtered: query.is_filtered(),
    }
}

fn pagination(query: &ListQuery, found: &Page<ApiKey, KeyId>) -> Pagination {
    let at = |after| ListQuery { after, ..query.clone() }.href();
    let shown = found.items.len();
    let noun = if shown == 1 { "key" } else { "keys" };
    Pagination {
        label: "Pages of keys".to_owned(),
        newest: query.after.map(|_| at(None)),
        older: found.next.map(|next| at(Some(next))),
        summary: format!("{shown} {noun} on this page, newest first"),
    }
}

fn table(signed: &Signed, query: &ListQuery, keys: &[ApiKey]) -> Table {
    let column = |label: &str| Column { label: label.to_owned(), is_hidden_label: false, is_actions: false };
    let mut columns: Vec<_> = ["Label", "Key Prefix", "Scopes", "Status", "Created", "Last Used"].map(column).into();
    if signed.may(Scope::KeysWrite) {
        columns.push(Column { is_actions: true, ..column("Actions") });
    }
    let rows = keys.iter().map(|key| row(signed, query, key)).collect();
    Table { caption: "API keys, newest first".to_owned(), columns, rows }
}

fn row(signed: &Signed, query: &ListQuery, key: &ApiKey) -> Row {
    let zone = &signed.workspace.time_zone;
    let now = signed.visit.services.clock.now();
    let state = shown_state(key, now);
    let scope = |scope: Scope| Badge {
        tone: if scope == Scope::Admin { Tone::Bad } else { Tone::Neutral },
        text: scope.as_str().to_owned(),
    };
    let verb = if KeyState::Expired.holds(key, now) { "expired" } else { "expires" };
    let expiry = key.expires_at.filter(|_| state != KeyState::Revoked);
    let until = expiry.map(|expiry| (verb, moments::moment(expiry, zone)));
    let mut cells = vec![
        Cell::Stacked { first: key.label.to_string(), second: key.environment.to_string() },
        Cell::Code(format!("{}{}••••", signed.visit.services.token_prefix.as_str(), key.prefix)),
        Cell::Badges(key.scopes.iter().map(scope).collect()),
        Cell::State { badge: badge(state), until },
        moments::cell(Some(key.created_at), zone),
        moments::cell(key.last_used_at, zone),
    ];
    if signed.may(Scope::KeysWrite) {
        cells.push(Cell::Actions(Change::offered(state).iter().map(|change| action(*change, query, key)).collect()));
    }
    Row { is_dimmed: state == KeyState::Revoked, id: key.id.to_string(), cells }
}

fn action(change: Change, query: &ListQuery, key: &ApiKey) -> Action {
    Action {
        label: change.label().to_owned(),
        href: query.append_to(&format!("{PATH}/{}/{}", key.id, change.word())),
        is_danger: change == Change::Revoke,
        is_dialog: true,
        accessible_label: format!("{} {}", change.label(), key.label),
    }
}

/// The one state that a badge tells: that it is locked before that it has expired, because that is what can be undone.
fn shown_state(key: &ApiKey, now: Timestamp) -> KeyState {
    let order = [KeyState::Revoked, KeyState::Locked, KeyState::Expired];
    order.into_iter().find(|state| state.holds(key, now)).unwrap_or(KeyState::Active)
}

fn badge(state: KeyState) -> Badge {
    let (tone, text) = match state {
        KeyState::Active => (Tone::Good, "Active"),
        KeyState::Locked => (Tone::Warn, "Locked"),
        KeyState::Expired => (Tone::Neutral, "Expired"),
        KeyState::Revoked => (Tone::Neutral, "Revoked"),
    };
    Badge { tone, text: text.to_owned() }
}
