//! Every page.

use actix_web::HttpResponse;
use actix_web::dev::HttpServiceFactory;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use devhub_domain::api_keys::Transition;

use super::guard::guard;
use super::headers::on_every_answer;
use super::next::{CONFIRM_PASSWORD, HOME, KEYS};
use super::pages::Pages;
use super::{
    account, api_keys, assets, audit, confirm_password, deliveries, event_types, gateways, overview, rate_limits,
    reference, resends, second_factor, second_factor_change, settings, setup, sign_in, sign_in_code, switch, webhooks,
    workspace,
};
use crate::problem_body::Problem;
use crate::request::{Path, get, post};

/// What the addresses of all pages begin with.
const SCOPE: &str = "/admin";

/// Adds the pages, and the files that they are shown with.
///
/// The files pass no guard: what is refused is told on a page that needs them.
pub(crate) fn routes(config: &mut ServiceConfig, pages: &Pages) {
    for path in assets::paths() {
        config.service(path.into_resource());
    }
    let scope = web::scope(SCOPE).default_service(web::to(async || Problem::route_not_found()));
    let scope = all_paths().into_iter().fold(scope, |scope, path| scope.service(path.into_resource()));
    reference::public_routes(config);
    config
        .app_data(Data::from(pages.assets.clone()))
        .service(scope.wrap(from_fn(guard)).wrap(Compress::default()).wrap(from_fn(on_every_answer)));
}

/// The addresses of all pages, in the order in which they are looked up.
fn all_paths() -> Vec<Path> {
    webhooks::paths()
        .into_iter()
        .chain(deliveries::paths())
        .chain(resends::paths())
        .chain(paths())
        .chain(webhook_paths())
        .chain(rate_limit_paths())
        .chain(audit_paths())
        .chain(overview::paths())
        .chain(event_types::paths())
        .chain(reference::paths())
        .chain(settings::paths())
        .chain(second_factor::paths())
        .chain(second_factor_change::paths())
        .chain(sign_in_code::paths())
        .collect()
}

/// The address of the hub itself, which people type.
pub(crate) fn root() -> impl HttpServiceFactory + use<> {
    page("/", "GET, HEAD").route(get().to(home)).into_resource().wrap(from_fn(on_every_answer))
}

pub(super) fn page(template: &'static str, allowed: &'static str) -> Path {
    Path::below(SCOPE, template, allowed)
}

/// A page whose `{change}` is one of these words.
pub(super) fn page_of_changes(template: &'static str, allowed: &'static str, changes: &[&'static str]) -> Path {
    Path::below_with_changes(SCOPE, template, allowed, changes)
}

/// Without placeholders first, as in the API.
fn paths() -> Vec<Path> {
    const SHOWN: &str = "GET, HEAD";
    const SHOWN_AND_SENT: &str = "GET, HEAD, POST";
    vec![
        page(KEYS, SHOWN_AND_SENT).route(get().to(api_keys::show)).route(post().to(api_keys::generate)),
        page("/admin", SHOWN).route(get().to(home)),
        page("/admin/", SHOWN).route(get().to(home)),
        page("/admin/developer", SHOWN).route(get().to(keys)),
        page("/admin/setup", SHOWN_AND_SENT).route(get().to(setup::show)).route(post().to(setup::submit)),
        page("/admin/sign-in", SHOWN_AND_SENT).route(get().to(sign_in::show)).route(post().to(sign_in::submit)),
        page("/admin/sign-out", "POST").route(post().to(sign_in::sign_out)),
        page(CONFIRM_PASSWORD, SHOWN_AND_SENT)
            .route(get().to(confirm_password::show))
            .route(post().to(confirm_password::submit)),
        page(switch::PATH, "POST").route(post().to(switch::switch)),
        page("/admin/workspace", SHOWN_AND_SENT).route(get().to(workspace::show)).route(post().to(workspace::save)),
        page(gateways::PATH, SHOWN).route(get().to(gateways::show_list)),
        page("/admin/gateways/{name}", SHOWN_AND_SENT)
            .route(get().to(gateways::show_gateway))
            .route(post().to(gateways::save)),
        page("/admin/account", SHOWN).route(get().to(account::show)),
        page("/admin/account/password", "POST").route(post().to(account::change_password)),
        page("/admin/account/sessions/end-others", SHOWN_AND_SENT)
            .route(get().to(account::ask_end_others))
            .route(post().to(account::end_others)),
        page("/admin/account/sessions/{id}/end", SHOWN_AND_SENT)
            .route(get().to(account::ask_end))
            .route(post().to(account::end)),
        page("/admin/developer/api-keys/bulk", SHOWN_AND_SENT)
            .route(get().to(api_keys::ask_many))
            .route(post().to(api_keys::change_many)),
        page("/admin/developer/api-keys/export", SHOWN).route(get().to(api_keys::export)),
        page("/admin/developer/api-keys/{id}", SHOWN_AND_SENT)
            .route(get().to(api_keys::show_key))
            .route(post().to(api_keys::save_key)),
        page("/admin/developer/api-keys/{id}/usage", SHOWN).route(get().to(api_keys::moved_usage)),
        page("/admin/developer/api-keys/{id}/explain", SHOWN_AND_SENT)
            .route(get().to(api_keys::ask_explain))
            .route(post().to(api_keys::explain)),
        page("/admin/developer/api-keys/{id}/rotate", SHOWN_AND_SENT)
            .route(get().to(api_keys::ask_rotate))
            .route(post().to(api_keys::rotate)),
        page_of_changes(
            "/admin/developer/api-keys/{id}/{change}",
            SHOWN_AND_SENT,
            &Transition::ALL.map(Transition::as_str),
        )
        .route(get().to(api_keys::ask))
        .route(post().to(api_keys::change)),
        page(deliveries::PATH, SHOWN).route(get().to(deliveries::show_list)),
        page("/admin/developer/deliveries/{id}", SHOWN).route(get().to(deliveries::show_delivery)),
        page("/admin/developer/deliveries/{id}/resend", "POST").route(post().to(deliveries::resend)),
    ]
}

fn webhook_paths() -> Vec<Path> {
    const SHOWN: &str = "GET, HEAD";
    const SHOWN_AND_SENT: &str = "GET, HEAD, POST";
    vec![
        page(webhooks::PATH, SHOWN).route(get().to(webhooks::show_list)),
        page("/admin/developer/webhooks/new", SHOWN_AND_SENT)
            .route(get().to(webhooks::show_new))
            .route(post().to(webhooks::create)),
        page("/admin/developer/webhooks/{id}", SHOWN).route(get().to(webhooks::show_endpoint)),
        page("/admin/developer/webhooks/{id}/edit", SHOWN_AND_SENT)
            .route(get().to(webhooks::show_edit))
            .route(post().to(webhooks::edit)),
        page("/admin/developer/webhooks/{id}/test", SHOWN_AND_SENT)
            .route(get().to(webhooks::show_test))
            .route(post().to(webhooks::test)),
        page("/admin/developer/webhooks/{id}/secrets/rotate", SHOWN_AND_SENT)
            .route(get().to(webhooks::show_rotate))
            .route(post().to(webhooks::rotate)),
        page_of_changes(
            "/admin/developer/webhooks/{id}/secrets/{secret_id}/{change}",
            SHOWN_AND_SENT,
            &webhooks::secret_changes(),
        )
        .route(get().to(webhooks::ask_secret))
        .route(post().to(webhooks::change_secret)),
        page_of_changes("/admin/developer/webhooks/{id}/{change}", SHOWN_AND_SENT, &webhooks::changes())
            .route(get().to(webhooks::ask))
            .route(post().to(webhooks::change)),
    ]
}

fn rate_limit_paths() -> Vec<Path> {
    const SHOWN_AND_SENT: &str = "GET, HEAD, POST";
    vec![
        page(rate_limits::PATH, "GET, HEAD").route(get().to(rate_limits::show)),
        page("/admin/rate-limits/networks", "POST").route(post().to(rate_limits::save_networks)),
        page("/admin/rate-limits/buckets/reset", SHOWN_AND_SENT)
            .route(get().to(rate_limits::ask_reset))
            .route(post().to(rate_limits::reset)),
        page("/admin/rate-limits/policies/order", "POST").route(post().to(rate_limits::move_rule)),
        page("/admin/rate-limits/policies/new", SHOWN_AND_SENT)
            .route(get().to(rate_limits::show_new_rule))
            .route(post().to(rate_limits::create_rule)),
        page("/admin/rate-limits/policies/{id}", SHOWN_AND_SENT)
            .route(get().to(rate_limits::show_edit_rule))
            .route(post().to(rate_limits::edit_rule)),
        page("/admin/rate-limits/policies/{id}/delete", SHOWN_AND_SENT)
            .route(get().to(rate_limits::ask_rule))
            .route(post().to(rate_limits::delete_rule)),
        page("/admin/rate-limits/overrides/new", SHOWN_AND_SENT)
            .route(get().to(rate_limits::show_new_override))
            .route(post().to(rate_limits::create_override)),
        page("/admin/rate-limits/overrides/{id}", SHOWN_AND_SENT)
            .route(get().to(rate_limits::show_edit_override))
            .route(post().to(rate_limits::edit_override)),
        page("/admin/rate-limits/overrides/{id}/delete", SHOWN_AND_SENT)
            .route(get().to(rate_limits::ask_override))
            .route(post().to(rate_limits::delete_override)),
    ]
}

fn audit_paths() -> Vec<Path> {
    vec![
        page(audit::PATH, "GET, HEAD").route(get().to(audit::show_list)),
        page("/admin/audit/export", "GET, HEAD").route(get().to(audit::export)),
        page("/admin/audit/verify", "GET, HEAD, POST")
            .route(get().to(audit::ask_verify))
            .route(post().to(audit::verify)),
        page("/admin/audit/{sequence}", "GET, HEAD").route(get().to(audit::show_entry)),
    ]
}

/// Leads to the page that tells most; who is not signed in is sent on from there.
async fn home() -> HttpResponse {
    see_other(HOME)
}

/// Leads to the first tab of the Developer Hub.
async fn keys() -> HttpResponse {
    see_other(KEYS)
}

fn see_other(path: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::SEE_OTHER).insert_header((LOCATION, path)).finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Method and address of each line.
    fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
        let table = include_str!("../../tests/it/pages/roles.txt");
        let rows = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        rows.map(|row| {
            let mut words = row.split_whitespace();
            (words.next().unwrap(), words.next().unwrap())
        })
    }

    /// Which page is seen by whom is tested line by line: see `tests/it/pages/role_table.rs`.
    #[test]
    fn every_page_and_every_form_stands_in_the_table_of_roles() {
        let told = lines().map(|(method, address)| (template(address), method.to_owned()));
        let paths = all_paths();
        let answered = paths.iter().map(Path::described).flat_map(|(template, allowed)| {
            let methods = allowed.split(", ").filter(|method| *method != "HEAD");
            methods.map(move |method| (template.to_owned(), method.to_owned()))
        });
        assert_eq!(answered.collect::<BTreeSet<_>>(), told.collect());
    }

    /// The words of one path are pages of their own: each may be for other roles.
    #[test]
    fn every_change_that_a_path_takes_stands_in_the_table_of_roles() {
        let paths = all_paths();
        let changed = paths.iter().filter(|path| path.described().0.contains("{change}"));
        let taken: BTreeSet<_> = changed
            .flat_map(|path| {
                let template = path.described().0;
                assert!(!path.changes().is_empty(), "{template} takes any word: use `page_of_changes`");
                path.changes().iter().map(move |change| template.replace("{change}", &format!("{{change={change}}}")))
            })
            .collect();
        let told = lines().filter(|(method, address)| *method == "POST" && address.contains("{change="));
        let told: BTreeSet<_> = told.map(|(_, address)| address.split('?').next().unwrap().to_owned()).collect();
        assert_eq!(taken, told);
    }

    /// A line's address as it is registered: without a query, and without the values of its placeholders.
    fn template(address: &str) -> String {
        let path = address.split('?').next().unwrap();
        let segments = path.split('/').map(|segment| match segment.split_once('=').zip(segment.split_once('}')) {
            Some(((before, _), (_, after))) => format!("{before}}}{after}"),
            None => segment.to_owned(),
        });
        segments.collect::<Vec<_>>().join("/")
    }
}
