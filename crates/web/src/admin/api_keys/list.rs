//! The list: read, and drawn as a table.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::{ApiKey, ApiKeyFilter, KeyState, Scope};
use devhub_domain::id::KeyId;
use devhub_domain::page::Page;
use devhub_domain::store::StoreError;

use super::page::{KeysPage, Listing, SearchForm, environments_with, no_keys, no_match, select};
use super::query::{ListQuery, PATH};
use super::status::Change;
use crate::admin::components::{Action, Badge, Cell, Column, Field, FieldKind, Pagination, Row, Table, Tone};
use crate::admin::moments;
use crate::admin::notice::Notice;
use crate::admin::sentence::sentence;
use crate::admin::signed::Signed;
use crate::blocking;
use crate::problem_body::Problem;

/// Shows the keys.
pub(in crate::admin) async fn show(req: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let query = ListQuery::parse(req.query_string());
    if let Some(shorter) = query.without_secret(&signed.visit.services.token_prefix) {
        return Ok(signed.visit.see_other_with(&shorter.href(), Notice::SearchShortened));
    }
    let list = listing(&signed, &query).await?;
    let page = KeysPage::new(&signed, list);
    signed.visit.page(StatusCode::OK, &page)
}

/// Reads the keys that are asked for.
pub(super) async fn listing(signed: &Signed, query: &ListQuery) -> Result<Listing, Problem> {
    let mut search = search_form(query);
    let filter = match query.filter(&signed.visit.services.token_prefix) {
        Ok(filter) => filter,
        Err(error) => {
            search.search.error = Some(sentence(&error.to_string()));
            return Ok(Listing { search: Some(search), ..Listing::default() });
        }
    };
    let found = find(signed, query, filter).await?;
    if !found.items.is_empty() {
        return Ok(Listing {
            search: Some(search),
            table: Some(table(signed, query, &found.items)),
            pagination: Some(pagination(signed, query, &found)),
            empty: None,
        });
    }
    let is_all = !query.is_filtered() && query.after.is_none();
    let prefix = signed.visit.services.token_prefix.as_str();
    let empty = if is_all { no_keys(signed.may(Scope::KeysWrite)) } else { no_match(prefix) };
    Ok(Listing { search: (!is_all).then_some(search), empty: Some(empty), ..Listing::default() })
}

/// How long a search waits for its turn.
const TURN_MAX: Duration = Duration::from_secs(2);

/// A search walks over keys until it has found enough, and one that finds nothing over all of them: only so many at a time.
async fn find(signed: &Signed, query: &ListQuery, filter: ApiKeyFilter) -> Result<Page<ApiKey, KeyId>, Problem> {
    let services = signed.visit.services.clone();
    let (workspace_id, page) = (signed.workspace_id(), query.page());
    let turns = services.pages.searches.clone();
    let turn = turns.acquire_many_owned(u32::from(query.is_filtered()));
    let turn = tokio::time::timeout(TURN_MAX, turn).await.map_err(StoreError::unavailable)?;
    let turn = turn.map_err(StoreError::unavailable)?;
    let list = move || {
        let found = services.keys.list(workspace_id, &filter, page);
        // Here and not by whoever waits: a browser that hangs up ends the wait, and not the search.
        drop(turn);
        found
    };
    Ok(blocking::run(list).await?)
}

const STATES: [(&str, &str); 5] =
    [("", "All"), ("active", "Active"), ("locked", "Locked"), ("revoked", "Revoked"), ("expired", "Expired")];

pub(super) fn search_form(query: &ListQuery) -> SearchForm {
    let environment = query.environment.as_ref().map_or("", |environment| environment.as_str());
    let mut environments = vec![("", "All")];
    environments.extend(environments_with(environment));
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

fn pagination(signed: &Signed, query: &ListQuery, found: &Page<ApiKey, KeyId>) -> Pagination {
    let at = |after| ListQuery { after, ..query.clone() }.href();
    let shown = found.items.len();
    let noun = if shown == 1 { "key" } else { "keys" };
    Pagination {
        label: "Pages of keys".to_owned(),
        newest: query.after.map(|_| at(None)),
        older: found.next.map(|next| at(Some(next))),
        summary: format!("{shown} {noun} on this page, newest first. Times in {}.", signed.workspace.time_zone),
    }
}

fn table(signed: &Signed, query: &ListQuery, keys: &[ApiKey]) -> Table {
    let mut columns: Vec<_> =
        ["Label", "Key Prefix", "Scopes", "Status", "Created", "Last Used"].map(Column::new).into();
    if signed.may(Scope::KeysWrite) {
        columns.push(Column::actions());
    }
    let rows = keys.iter().map(|key| row(signed, query, key)).collect();
    Table { caption: "API keys, newest first".to_owned(), columns, rows }
}

fn row(signed: &Signed, query: &ListQuery, key: &ApiKey) -> Row {
    let zone = &signed.workspace.time_zone;
    let keys = &signed.visit.services.keys;
    let state = keys.state(key);
    let scope = |scope: Scope| Badge {
        tone: if scope == Scope::Admin { Tone::Bad } else { Tone::Neutral },
        text: scope.as_str().to_owned(),
    };
    let verb = if keys.has_expired(key) { "expired" } else { "expires" };
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
        cells.push(Cell::Actions(Change::offered(signed, key).map(|change| action(change, query, key)).collect()));
    }
    Row { is_dimmed: state == KeyState::Revoked, id: key.id.to_string(), cells }
}

fn action(change: Change, query: &ListQuery, key: &ApiKey) -> Action {
    Action {
        label: change.label().to_owned(),
        href: query.append_to(&format!("{PATH}/{}/{}", key.id, change.word())),
        is_danger: change == Change::Revoke,
        is_question: true,
        accessible_label: format!("{} {}", change.label(), key.label),
    }
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
