//! `/auth/check`: whether a request passes, told to the reverse proxy before which it stands.
//!
//! *Threat:* somebody who is no proxy says where a request comes from and what it asks; a client that sends the headers of an identity, of
//! the original request or of a lower demand through a proxy that passes them on; an answer that a proxy takes for a yes. *Defence:* only
//! trusted proxies are answered unless the operator allows others, and only they are believed; no header of an identity is read; what says
//! twice what was asked is refused; a header can only demand more than the proxy's own query string; everything but 204 is a no.
//! *Not defended:* a proxy that does not overwrite what says what it was asked, or that hands on its clients' `X-Devhub-*`: the guide
//! has configurations that do, and a check that runs them.
//!
//! Whoever may ask learns of a token what its holder can find out with it anyway: its key's id, its workspace, its scopes and its
//! environment when it is accepted, and nothing of a token that is not.

use std::net::IpAddr;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use devhub_domain::api_keys::{Principal, Scope, ScopeSet};
use devhub_domain::guard::{COST_MAX, CredentialError, Guard, Identity, Presented, Request, Said, decoded_path};
use devhub_domain::rate::Route;
use serde_json::json;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{Object, Type};

use crate::auth::{AnyKey, find_credential, judge, note, user_agent};
use crate::client_address::{client_address, peer_address};
use crate::metrics::known_method;
use crate::middleware::Asked;
use crate::openapi::{Operation, filter};
use crate::problem_body::Problem;
use crate::request::{Invalid, Params, Path};
use crate::services::{AuthCheck, Services};

/// Says which status a refusal would have had: see the parameter `status`.
const X_DEVHUB_STATUS: HeaderName = HeaderName::from_static("x-devhub-status");
/// Scopes that are needed besides those of the query string, for proxies that compute them.
const X_DEVHUB_REQUIRE_SCOPE: HeaderName = HeaderName::from_static("x-devhub-require-scope");
/// How proxies say what they were asked: nginx as its guide has it, Caddy and Traefik by themselves.
const ORIGINAL_METHOD: [HeaderName; 2] =
    [HeaderName::from_static("x-original-method"), HeaderName::from_static("x-forwarded-method")];
const ORIGINAL_URI: [HeaderName; 2] =
    [HeaderName::from_static("x-original-uri"), HeaderName::from_static("x-forwarded-uri")];
/// Most words that are read in a list of scopes.
const SCOPES_MAX: usize = 64;

pub(super) fn paths() -> Vec<Path> {
    // Every method: some proxies ask with that of the request, and with GET alone the document is complete.
    vec![Path::new("/auth/check", "GET, HEAD").route(web::route().to(check))]
}

pub(super) fn operations() -> Vec<Operation> {
    let text = || Object::builder().schema_type(Type::String);
    let cost = Object::builder().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(COST_MAX));
    let more = "For nginx's `auth_request`, Caddy's `forward_auth` and Traefik's `ForwardAuth`; any method is answered like GET. The token \
                is read from `Authorization: Bearer` or `X-API-Key`. What the proxy was asked it says in X-Original-Method and \
                X-Original-URI, or in X-Forwarded-Method and X-Forwarded-Uri; for whom, in X-Forwarded-For. Only the proxies in \
                `server.trusted_proxies` are answered, unless `server.auth_check` says otherwise. The answer names the key in \
                X-Devhub-Key-Id, X-Devhub-Workspace-Id, X-Devhub-Scopes and X-Devhub-Environment. More scopes can be demanded in \
                X-Devhub-Require-Scope.";
    let scopes = "Scopes that the request needs, separated by commas or spaces; none when absent.";
    let status = "`403`: refusals with 400 and 429 are answered with 403, and every refusal says its own status in X-Devhub-Status; for \
                  nginx, which makes a 500 of every status but 401 and 403.";
    vec![
        Operation::new(HttpMethod::Get, "/auth/check", "checkRequest")
            .needs::<AnyKey>("Tells a reverse proxy whether a request passes.", more)
            .fails(&[404])
            .parameter(filter("scope", scopes, text(), &json!("read")))
            .parameter(filter(
                "cost",
                "Units of the key's rate that the request costs; 1 when absent.",
                cost,
                &json!(1),
            ))
            .parameter(filter("status", status, text().enum_values(Some(["403"])), &json!("403")))
            .answers_nothing("204", "The request passes.")
            .with_header("Cache-Control"),
    ]
}

/// What the proxy demands in its configuration.
struct Demand {
    required: ScopeSet,
    cost: u32,
    /// Whether 403 stands for the other statuses of refusals.
    is_coarse: bool,
}

impl Demand {
    fn of(req: &HttpRequest) -> Result<Self, Problem> {
        let params = Params::parse(req.query_string(), &["scope", "cost", "status"])?;
        let mut invalid = Invalid::default();
        // Read apart: however long the header is, the query string is demanded whole.
        let required = invalid.check("scope", scopes(params.find("scope")));
        let header = req.headers().get_all(X_DEVHUB_REQUIRE_SCOPE).map(|value| value.to_str().unwrap_or("?"));
        let more = invalid.check("x-devhub-require-scope", scopes(header));
        let cost = params.find("cost").map_or(Ok(1), str::parse::<u32>).ok().filter(|cost| *cost <= COST_MAX);
        let cost = invalid.check("cost", cost.ok_or_else(|| format!("cost must be 0 to {COST_MAX}")));
        let is_coarse =
            params.find("status").map(|status| if status == "403" { Ok(()) } else { Err("status must be 403") });
        let is_coarse = invalid.check("status", is_coarse.transpose());
        let (Some(required), Some(more), Some(cost), Some(is_coarse)) = (required, more, cost, is_coarse) else {
            return Err(invalid.into());
        };
        let required = required.iter().chain(more.iter()).collect();
        Ok(Self { required, cost, is_coarse: is_coarse.is_some() })
    }
}

/// The scopes that lists of words name. One word too many is refused, not passed over: it may be the one that matters.
fn scopes<'w>(lists: impl IntoIterator<Item = &'w str>) -> Result<ScopeSet, String> {
    let words = lists.into_iter().flat_map(|words| words.split([',', ' '])).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.take(SCOPES_MAX + 1).collect();
    if words.len() > SCOPES_MAX {
        return Err(format!("must have at most {SCOPES_MAX} words"));
    }
    words.into_iter().map(str::parse::<Scope>).collect::<Result<_, _>>().map_err(|error| error.to_string())
}

async fn check(req: HttpRequest, guard: Data<Guard>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    let is_trusted = is_from_trusted_proxy(&req, &services)?;
    let presented = find_credential(&req, guard.token_prefix());
    // Before the parameters: whoever writes a token among them must be told so.
    let demand = match presented {
        Err(CredentialError::InQuery) => Demand { required: ScopeSet::EMPTY, cost: 1, is_coarse: false },
        _ => Demand::of(&req)?,
    };
    let answer = admit(&req, &guard, &services, (presented, is_trusted), &demand).await;
    answer.map_err(|problem| if demand.is_coarse { coarse(problem) } else { problem })
}

/// Whether it is one, and thus believed.
fn is_from_trusted_proxy(req: &HttpRequest, services: &Services) -> Result<bool, Problem> {
    let peer = peer_address(req);
    let is_trusted = services.trusted_proxies.iter().any(|network| network.contains(&peer));
    match services.auth_check {
        AuthCheck::Nobody => Err(Problem::route_not_found()),
        AuthCheck::TrustedProxies if !is_trusted => {
            let detail = "this path answers the reverse proxies in server.trusted_proxies only";
            Err(Problem::new(StatusCode::FORBIDDEN, "proxy_not_trusted", detail))
        }
        AuthCheck::TrustedProxies | AuthCheck::Anybody => Ok(is_trusted),
    }
}

async fn admit(
    req: &HttpRequest,
    guard: &Guard,
    services: &Services,
    (presented, is_trusted): (Result<Presented<'_>, CredentialError>, bool),
    demand: &Demand,
) -> Result<HttpResponse, Problem> {
    let original = if is_trusted { Original::told(req)? } else { Original::own(req) };
    let presented = Presented::not_in_query(original.query, guard.token_prefix()).and(presented);
    let address: IpAddr = client_address(req, &services.trusted_proxies);
    let path = decoded_path(original.path).map_err(Said::from)?;
    let (route, user_agent) = (Some(Route { method: original.method, path: &path }), user_agent(req));
    // For what counts and explains: how the service behind the proxy answers is not known here.
    req.extensions_mut().insert(Asked { method: known_method(original.method), path: (&*path).into() });
    let request = Request { route, address, user_agent, required: demand.required, cost: demand.cost };
    let judged = judge(guard, presented, &request).await;
    note(req, services, &judged);
    let verdict = judged?;
    match (verdict.decided, presented) {
        (Ok(principal), Ok(presented)) => Ok(admitted(principal, guard, presented)),
        _ => Err(verdict.into()),
    }
}

fn admitted(principal: Principal, guard: &Guard, presented: Presented<'_>) -> HttpResponse {
    let Principal { key_id, workspace_id, scopes } = principal;
    let environment = guard.describe(presented).map(|key| key.environment).unwrap_or_default();
    let mut res = HttpResponse::new(StatusCode::NO_CONTENT);
    for (header, value) in (Identity { key_id, workspace_id, scopes, environment }).headers() {
        let value = HeaderValue::try_from(value).expect("an identity is visible ASCII");
        res.headers_mut().insert(HeaderName::from_static(header.name()), value);
    }
    res.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    res
}

/// What the proxy was asked.
#[derive(Debug)]
struct Original<'r> {
    method: &'r str,
    path: &'r str,
    query: &'r str,
}

impl<'r> Original<'r> {
    /// As a trusted proxy says; what it does not say is taken from its own request.
    fn told(req: &'r HttpRequest) -> Result<Self, Problem> {
        let own = Self::own(req);
        let method = one_of(req.headers(), &ORIGINAL_METHOD)?.unwrap_or(own.method);
        let Some(uri) = one_of(req.headers(), &ORIGINAL_URI)? else {
            return Ok(Self { method, ..own });
        };
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        if !path.starts_with('/') {
            return Err(ambiguous("the path in X-Original-URI or X-Forwarded-Uri must begin with /"));
        }
        Ok(Self { method, path, query })
    }

    /// Of a request that was not passed on. Its query string is the demand, and was looked at.
    fn own(req: &'r HttpRequest) -> Self {
        Self { method: req.method().as_str(), path: req.path(), query: "" }
    }
}

/// The one value of the one header of these that is there. Of two, one may be what the client wrote, and nobody knows which.
fn one_of<'r>(headers: &'r HeaderMap, names: &[HeaderName]) -> Result<Option<&'r str>, Problem> {
    let mut values = names.iter().flat_map(|name| headers.get_all(name));
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ambiguous(
            "send X-Original-Method and X-Original-URI once, or X-Forwarded-Method and X-Forwarded-Uri",
        ));
    }
    let text = value.to_str().or(Err(ambiguous("what was asked for must be visible ASCII")))?;
    Ok(Some(text))
}

fn ambiguous(detail: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "original_request_ambiguous", detail)
}

/// The same for a proxy that knows but two ways to refuse.
fn coarse(problem: Problem) -> Problem {
    let status = problem.status();
    let stated = problem.with_header(X_DEVHUB_STATUS, HeaderValue::from(status.as_u16()));
    match status {
        StatusCode::BAD_REQUEST | StatusCode::TOO_MANY_REQUESTS => stated.with_status(StatusCode::FORBIDDEN),
        _ => stated,
    }
}
