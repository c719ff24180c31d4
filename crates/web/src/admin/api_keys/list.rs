//! The list: read, and drawn as a table.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::api_keys::{ApiKey, ApiKeyFilter, Environment, KeyState, KeyStatus, Scope, Transition};
use devhub_domain::id::KeyId;
use devhub_domain::page::Page;
use devhub_domain::store::StoreError;
use devhub_domain::usage::KeyWeek;

use super::one_key::shown_prefix;
use super::page::{BULK_FORM, BulkForm, KeysPage, Listing, SearchForm, environments_with, no_keys, no_match};
use super::query::{EXPIRING_DAYS, ListQuery, PATH, UNUSED_DAYS};
use super::rotate;
use super::status::{label, offered};
use super::week::{self, Weeks};
use crate::admin::components::{
    Action, Badge, Cell, Column, Field, FieldKind, Link, Pagination, Row, Select, Table, Tone,
};
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
    let filter = match query.filter(&signed.visit.services.token_prefix, signed.visit.services.clock.now()) {
        Ok(filter) => filter,
        Err(error) => {
            search.search.error = Some(sentence(&error.to_string()));
            return Ok(Listing { search: Some(search), ..Listing::default() });
        }
    };
    let (found, weeks) = find(signed, query, filter).await?;
    if !found.items.is_empty() {
        return Ok(Listing {
            search: Some(search),
            table: Some(table(signed, query, (&found.items, &weeks))),
            pagination: Some(pagination(signed, query, &found)),
            empty: None,
            bulk: signed.may(Scope::KeysWrite).then(|| BulkForm { kept: query.pairs().collect() }),
            exports: exports(query),
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
/// What is found is told with its last days, which one more statement reads.
async fn find(
    signed: &Signed,
    query: &ListQuery,
    filter: ApiKeyFilter,
) -> Result<(Page<ApiKey, KeyId>, Weeks), Problem> {
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
        let found = found?;
        let ids: Vec<KeyId> = found.items.iter().map(|key| key.id).collect();
        let weeks = services.usage.weeks(&ids)?;
        Ok::<_, Problem>((found, weeks))
    };
    blocking::run(list).await
}

/// Where the same keys are exported, on whatever page of them the reader is.
pub(super) fn exports(query: &ListQuery) -> Vec<Link> {
    let all = ListQuery { after: None, ..query.clone() };
    let link = |format: &str, text: &str| Link {
        href: all.append_with(&format!("{PATH}/export"), [("format", format.to_owned())]),
        text: text.to_owned(),
    };
    vec![link("csv", "Export CSV"), link("json", "Export JSON")]
}

const STATES: [(&str, &str); 6] = [
    ("", "All"),
    ("active", "Active"),
    ("retiring", "Retiring"),
    ("locked", "Locked"),
    ("revoked", "Revoked"),
    ("expired", "Expired"),
];

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
        status: Select::new("status", "Status", &STATES, query.state.map_or("", KeyState::as_str)),
        environment: Select::new("env", "Environment", &environments, environment),
        scope: scopes(query.scope),
        unused: days(("unused", "Unused"), ("Used or not", "For"), &UNUSED_DAYS, query.unused_days),
        expiring: days(("expiring", "Expiring"), ("At any time", "Within"), &EXPIRING_DAYS, query.expiring_days),
        is_filtered: query.is_filtered(),
    }
}

fn scopes(selected: Option<Scope>) -> Select {
    let mut options = vec![("", "All")];
    options.extend(Scope::ALL.iter().map(|scope| (scope.as_str(), scope.as_str())));
    Select::new("scope", "Scope", &options, selected.map_or("", Scope::as_str))
}

/// A choice among numbers of days.
fn days(
    (name, label): (&'static str, &str),
    (all, before): (&str, &str),
    offered: &[u16],
    selected: Option<u16>,
) -> Select {
    let texts: Vec<_> = offered.iter().map(|days| (days.to_string(), format!("{before} {days} days"))).collect();
    let mut options = vec![("", all)];
    options.extend(texts.iter().map(|(value, text)| (value.as_str(), text.as_str())));
    Select::new(name, label, &options, &selected.map(|days| days.to_string()).unwrap_or_default())
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

fn table(signed: &Signed, query: &ListQuery, (keys, weeks): (&[ApiKey], &Weeks)) -> Table {
    let mut columns: Vec<_> =
        ["Label", "Key Prefix", "Environment", "Scopes", "Status", "Last 7 Days", "Created", "Last Used"]
            .map(Column::new)
            .into();
    if signed.may(Scope::KeysWrite) {
        columns.insert(0, Column::choice());
    }
    if signed.may(Scope::KeysWrite) {
        columns.push(Column::actions());
    }
    let rows = keys.iter().map(|key| row(signed, query, (key, weeks.get(&key.id)))).collect();
    Table { caption: "API keys, newest first".to_owned(), columns, rows }
}

fn row(signed: &Signed, query: &ListQuery, (key, week): (&ApiKey, Option<&KeyWeek>)) -> Row {
    let zone = &signed.workspace.time_zone;
    let keys = &signed.visit.services.keys;
    let state = keys.state(key);
    let scope = |scope: Scope| Badge {
        tone: if scope == Scope::Admin { Tone::Bad } else { Tone::Neutral },
        text: scope.as_str().to_owned(),
    };
    let verb = match state {
        KeyState::Retiring => "until",
        _ if keys.has_expired(key) => "expired",
        _ => "expires",
    };
    let expiry = key.expires_at.filter(|_| state != KeyState::Revoked);
    let until = expiry.map(|expiry| (verb, moments::moment(expiry, zone)));
    let second = key.owner.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut cells = vec![
        Cell::Linked { href: query.append_to(&format!("{PATH}/{}", key.id)), first: key.label.to_string(), second },
        Cell::Code(shown_prefix(signed, key)),
        Cell::Badges(vec![environment(&key.environment)]),
        Cell::Badges(key.scopes.iter().map(scope).collect()),
        Cell::State { badge: badge(state), until },
        week::cell(week),
        moments::cell(Some(key.created_at), zone),
        moments::cell(key.last_used_at, zone),
    ];
    if signed.may(Scope::KeysWrite) {
        cells.insert(0, choice(key));
        cells.push(Cell::Actions(actions(signed, query, key)));
    }
    Row { is_dimmed: state == KeyState::Revoked, id: key.id.to_string(), cells }
}

/// A revoked key is past every change.
fn choice(key: &ApiKey) -> Cell {
    if key.status == KeyStatus::Revoked {
        return Cell::Empty;
    }
    Cell::Choice { form: BULK_FORM, value: key.id.to_string(), label: format!("Choose {}", key.label) }
}

/// What the operator can do about the key.
pub(super) fn actions(signed: &Signed, query: &ListQuery, key: &ApiKey) -> Vec<Action> {
    let mut actions = Vec::new();
    if signed.may(Scope::KeysWrite) {
        actions.extend(rotate::is_offered(signed, key).then(|| rotate_action(query, key)));
        actions.extend(offered(signed, key).map(|change| action(change, query, key)));
    }
    actions
}

fn rotate_action(query: &ListQuery, key: &ApiKey) -> Action {
    Action {
        label: "Rotate".to_owned(),
        href: query.append_to(&format!("{PATH}/{}/rotate", key.id)),
        is_question: true,
        is_danger: false,
        accessible_label: format!("Rotate {}", key.label),
    }
}

fn action(change: Transition, query: &ListQuery, key: &ApiKey) -> Action {
    Action {
        label: label(change).to_owned(),
        href: query.append_to(&format!("{PATH}/{}/{}", key.id, change.as_str())),
        is_danger: change == Transition::Revoke,
        is_question: true,
        accessible_label: format!("{} {}", label(change), key.label),
    }
}

/// What is not live is told apart at a glance: a test key in a shop takes no money.
fn environment(environment: &Environment) -> Badge {
    let tone = if environment.as_str() == "live" { Tone::Neutral } else { Tone::Info };
    Badge { tone, text: environment.to_string() }
}

pub(super) fn badge(state: KeyState) -> Badge {
    let (tone, text) = match state {
        KeyState::Active => (Tone::Good, "Active"),
        KeyState::Retiring => (Tone::Warn, "Retiring"),
        KeyState::Locked => (Tone::Warn, "Locked"),
        KeyState::Expired => (Tone::Neutral, "Expired"),
        KeyState::Revoked => (Tone::Neutral, "Revoked"),
    };
    Badge { tone, text: text.to_owned() }
}
