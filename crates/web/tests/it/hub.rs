//! A hub without a network: the production application over fakes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_http::Request;
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{self, TestRequest};
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{
    ApiKeys, Authenticator, IssuedKey, KeyDirectory, NewApiKey, Pepper, TokenHasher, TokenPrefix, Trust,
};
use devhub_domain::audit::AuditLog;
use devhub_domain::events::{EventTypes, Events};
use devhub_domain::explain::Explanations;
use devhub_domain::id::{KeyId, SessionId, WorkspaceId};
use devhub_domain::idempotency::Idempotency;
use devhub_domain::operators::{OperatorSessions, Operators, Passwords, SecondFactors, Setup, SignIns};
use devhub_domain::rate::{
    FAILED_AUTHENTICATIONS_PER_MINUTE, Quota, RateBuckets, RateLimits, RateOverrides, RatePolicies, RateRules,
    RateUsage, Rulebook,
};
use devhub_domain::reference::ReferenceDocuments;
use devhub_domain::resends::Resends;
use devhub_domain::retention::KeptEvents;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::store::{Lane, UnitOfWork};
use devhub_domain::testing::{
    ManualClock, MemoryFailedSignIns, MemoryFailures, MemoryLimiter, MemoryStore, SeededEntropy, label,
};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::usage::KeyUsage;
use devhub_domain::webhooks::address::AddressPolicy;
use devhub_domain::webhooks::{
    Answer as Answered, Deliveries, DeliveryLog, EndpointRules, EndpointTests, EndpointUrl, Endpoints, Exchange,
    Failure, FailureKind, HopMark, KeptHeaders, NoDispatcher, OutboundRequest, Outcome, RetrySchedule, TestSender,
    Timings,
};
use devhub_domain::workspaces::{
    EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus, WorkspaceTx, Workspaces,
};
use devhub_sandbox::testing::MemorySandbox;
use devhub_sandbox::{Sandbox, SandboxParts, SandboxRules};
use devhub_web::{
    AuthCheck, MerchantApi, Metrics, Pages, People, RateLimitFields, Readiness, Services, Unready, WebLimits,
};
use serde_json::{Map, Value, json};

use crate::document;

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
pub(crate) const OTHER_WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([2; 16]);
pub(crate) const SESSION: SessionId = SessionId::from_bytes([3; 16]);

/// The limits of every test: small, so that tests can exceed them.
pub(crate) const BODY_BYTES_MAX: usize = 2_000;
pub(crate) const PAYLOAD_BYTES_MAX: usize = 1_000;

pub(crate) struct Hub {
    pub(crate) services: Services,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) directory: Arc<KeyDirectory>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) readiness: Arc<Switch>,
}

/// What the readiness probe finds.
#[derive(Default)]
pub(crate) struct Switch(pub(crate) Mutex<Vec<Unready>>);

impl Readiness for Switch {
    fn unready(&self) -> Vec<Unready> {
        self.0.lock().unwrap().clone()
    }
}

/// A receiver of tests that answers 201 with what it was sent.
struct Echo;

impl TestSender for Echo {
    /// Finds every name but those that end with `.invalid`.
    fn look_up(&self, url: EndpointUrl, done: Box<dyn FnOnce(Result<(), Failure>) + Send>) {
        let host = url.host().to_string();
        let detail = format!("{host}: the name does not exist");
        done(if host.ends_with(".invalid") { Err(Failure { kind: FailureKind::Dns, detail }) } else { Ok(()) });
    }

    fn send(&self, request: OutboundRequest, done: Box<dyn FnOnce(Exchange) + Send>) {
        let answer = Answered {
            status: 201,
            headers: KeptHeaders::keep([("server", &b"echo"[..]), ("set-cookie", b"sid=secret")]),
            body_excerpt: request.body.as_bytes().to_vec(),
            body_bytes_read: u32::try_from(request.body.as_bytes().len()).unwrap(),
            ..Answered::default()
        };
        let timings = Timings { first_byte: Some(Duration::from_micros(1_500)), ..Timings::default() };
        let duration = Duration::from_millis(2);
        done(Exchange { started_at: request.started_at, duration, timings, outcome: Outcome::Answered(answer) });
    }
}

impl Hub {
    pub(crate) fn new() -> Self {
        let sandbox = MemorySandbox::default();
        let store = Arc::new(sandbox.hub().clone());
        let directory = Arc::new(KeyDirectory::new());
        directory.set_trust(Trust::Whole);
        let clock = Arc::new(ManualClock::default());
        let entropy = Arc::new(SeededEntropy::new(1));
        let readiness = Arc::new(Switch::default());
        let hasher = TokenHasher::new(Pepper::from_bytes([7; 32]));
        let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([8; 32])));
        let schedule = Arc::new(RetrySchedule::default());
        let prefix = TokenPrefix::default();
        let (rulebook, limiter) = (Arc::new(Rulebook::new()), Arc::new(MemoryLimiter::default()));
        let keys = ApiKeys::new(store.clone(), directory.clone(), hasher.clone(), clock.clone(), entropy.clone())
            .with_rulebook(rulebook.clone());
        let authenticator =
            Arc::new(Authenticator::new(store.clone(), directory.clone(), hasher, prefix.clone(), clock.clone()));
        let failures = || MemoryFailures::new(Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE), clock.clone());
        let rate_rules = RateRules::default();
        let rates = RateLimits::new(rate_rules.clone(), limiter.clone(), Arc::new(failures()), clock.clone())
            .with_rulebook(rulebook.clone());
        let policy = AddressPolicy::default().with_own(vec!["hub.example:443".parse().unwrap()]);
        let rules = EndpointRules { policy, ..EndpointRules::default() };
        let limits =
            WebLimits { body_bytes_max: BODY_BYTES_MAX, payload_bytes_max: PAYLOAD_BYTES_MAX, ..WebLimits::default() };
        let deliveries = Deliveries::new(store.clone(), sealer.clone(), schedule, clock.clone(), entropy.clone());
        let services = Services {
            authenticator: authenticator.clone(),
            token_prefix: prefix,
            keys,
            endpoints: Endpoints::new(store.clone(), sealer, rules, clock.clone(), entropy.clone()),
            events: Events::new(store.clone(), Arc::new(NoDispatcher), clock.clone(), entropy.clone()),
            event_types: EventTypes::new(store.clone(), clock.clone()),
            reference_documents: ReferenceDocuments::new(store.clone(), clock.clone()),
            resends: Resends::new(store.clone(), clock.clone(), entropy.clone()),
            log: DeliveryLog::new(store.clone(), deliveries.clone()),
            endpoint_tests: EndpointTests::new(
                store.clone(),
                deliveries.clone(),
                Arc::new(Echo),
                clock.clone(),
                entropy.clone(),
            ),
            deliveries,
            audit: AuditLog::new(store.clone()),
            workspaces: Workspaces::new(store.clone(), clock.clone()),
            idempotency: Idempotency::new(store.clone(), Pepper::from_bytes([7; 32]), clock.clone()),
            usage: KeyUsage::new(store.clone(), clock.clone()),
            explanations: Explanations::new(authenticator, rates.clone(), clock.clone()),
            rates,
            checkout_guard: Arc::new(failures()),
            rate_policies: RatePolicies::new(store.clone(), rulebook.clone(), clock.clone(), entropy.clone()),
            rate_overrides: RateOverrides::new(store.clone(), rulebook.clone(), clock.clone(), entropy.clone()),
            rate_buckets: RateBuckets::new(store.clone(), rulebook.clone(), limiter, rate_rules.default, clock.clone()),
            rate_usage: RateUsage::new(store.clone(), rulebook.clone(), clock.clone()),
            merchant: MerchantApi::new(Operators::new(store.clone(), clock.clone(), entropy.clone())),
            rate_limit_fields: RateLimitFields::default(),
            trusted_proxies: Vec::new(),
            auth_check: AuthCheck::default(),
            hop_mark: Some(HopMark::of(&Pepper::from_bytes([7; 32]))),
            readiness: readiness.clone(),
            limits,
            metrics: Metrics::default(),
            sandbox: Some(over(sandbox, &clock, &entropy)),
            pages: pages(&store, &clock, &entropy),
            clock: clock.clone(),
            entropy,
        };
        Self { services, store, directory, clock, readiness }
    }

    /// The same with its two workspaces written down.
    pub(crate) fn with_workspaces() -> Self {
        let hub = Self::new();
        let store: &dyn UnitOfWork<dyn WorkspaceTx> = &*hub.store;
        for (id, name) in [(WORKSPACE, "Main"), (OTHER_WORKSPACE, "Other")] {
            let (name, status) = (WorkspaceName::new(name).unwrap(), WorkspaceStatus::Active);
            let workspace = Workspace {
                id,
                name,
                status,
                time_zone: TimeZone::utc(),
                event_checks: EventChecks::Off,
                created_at: Timestamp::from_seconds(1),
            };
            store.write(Lane::Interactive, &mut |tx| tx.insert_workspace(&workspace)).unwrap();
        }
        hub
    }

    /// A key of the workspace with these scopes.
    pub(crate) fn key(&self, scopes: &str) -> IssuedKey {
        self.issue(WORKSPACE, NewApiKey { scopes: scopes.parse().unwrap(), ..NewApiKey::with_label(label("Shop")) })
    }

    pub(crate) fn issue(&self, workspace_id: WorkspaceId, new: NewApiKey) -> IssuedKey {
        self.services.keys.issue(Asker::COMMAND_LINE, workspace_id, new).unwrap().commit().unwrap()
    }

    pub(crate) fn revoke(&self, id: KeyId) {
        self.services.keys.revoke(Asker::COMMAND_LINE, WORKSPACE, id).commit().unwrap();
    }

    pub(crate) fn suspend(&self, id: WorkspaceId) {
        let store: &dyn UnitOfWork<dyn WorkspaceTx> = &*self.store;
        let written = store.write(Lane::Interactive, &mut |tx| {
            let workspace = tx.find_workspace(id)?.unwrap();
            tx.update_workspace(&Workspace { status: WorkspaceStatus::Suspended, ..workspace })
        });
        written.unwrap();
    }

    /// Makes every later transaction fail: a body that panics poisons the lock of the memory store.
    pub(crate) fn break_store(&self) {
        let store: &dyn UnitOfWork<dyn Tx> = &*self.store;
        let body = std::panic::AssertUnwindSafe(|| {
            store.write(Lane::Background, &mut |_| panic!("this transaction breaks the store"))
        });
        drop(std::panic::catch_unwind(body));
    }

    pub(crate) async fn get(&self, path: &str, key: &IssuedKey) -> Answer {
        self.send(authorized(TestRequest::get().uri(path), key)).await
    }

    pub(crate) async fn post(&self, path: &str, key: &IssuedKey, body: &Value) -> Answer {
        self.post_text(path, key, body.to_string()).await
    }

    pub(crate) async fn post_text(&self, path: &str, key: &IssuedKey, body: impl Into<Vec<u8>>) -> Answer {
        let req = TestRequest::post().uri(path).insert_header(("content-type", "application/json"));
        self.send(authorized(req, key).set_payload(body.into())).await
    }

    /// A change of the revision that `tag` names.
    pub(crate) async fn patch(&self, path: &str, key: &IssuedKey, tag: &str, body: &Value) -> Answer {
        let req = TestRequest::patch().uri(path).insert_header(("if-match", tag)).set_json(body);
        self.send(authorized(req, key)).await
    }

    /// A POST that is named, so that it is carried out once.
    pub(crate) async fn post_once(&self, path: &str, key: &IssuedKey, name: &str, body: &Value) -> Answer {
        let req = TestRequest::post().uri(path).insert_header(("idempotency-key", name)).set_json(body);
        self.send(authorized(req, key)).await
    }

    pub(crate) async fn send(&self, req: TestRequest) -> Answer {
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        self.call(req.peer_addr(peer).to_request()).await
    }

    /// Sends a request, and holds the document to what comes back.
    pub(crate) async fn call(&self, req: Request) -> Answer {
        let (method, path) = (req.method().clone(), req.path().to_owned());
        let app = test::init_service(devhub_web::app(self.services.clone())).await;
        let res = test::try_call_service(&app, req).await.unwrap_or_else(|error| panic!("no answer: {error}"));
        let (status, headers) = (res.status(), res.headers().clone());
        let body = test::read_body(res).await;
        let answer = Answer { status, headers, text: String::from_utf8(body.to_vec()).unwrap() };
        document::check(&method, &path, &answer);
        answer
    }
}

/// The sandbox over this store.
fn over(store: MemorySandbox, clock: &Arc<ManualClock>, entropy: &Arc<SeededEntropy>) -> Sandbox {
    Sandbox::new(SandboxParts {
        store: Arc::new(store),
        dispatcher: Arc::new(NoDispatcher),
        sealer: Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32]))),
        rules: SandboxRules::default(),
        clock: clock.clone(),
        entropy: entropy.clone(),
    })
}

/// The pages of the workspace. Sign-ins fail as often as in production before they are throttled.
fn pages(store: &Arc<MemoryStore>, clock: &Arc<ManualClock>, entropy: &Arc<SeededEntropy>) -> Pages {
    let passwords = Passwords::new(entropy.clone());
    let failures = Arc::new(MemoryFailedSignIns::new(clock.clone()));
    let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([8; 32])));
    let second_factors = SecondFactors::new(store.clone(), sealer, failures.clone(), clock.clone(), entropy.clone());
    let sign_ins = SignIns::new(store.clone(), passwords.clone(), failures, clock.clone(), entropy.clone());
    let sessions = OperatorSessions::new(store.clone(), clock.clone());
    let setup = Setup::new(store.clone(), WORKSPACE, passwords, clock.clone(), entropy.clone());
    let operators = Operators::new(store.clone(), clock.clone(), entropy.clone());
    let kept = KeptEvents::new(store.clone(), clock.clone(), Some(Duration::from_hours(30 * 24)));
    let people = People { sign_ins, second_factors, sessions, operators, setup };
    Pages::new(WORKSPACE, people).with_retention(kept)
}

/// Limits by these rules over buckets in which nothing is spent.
pub(crate) fn rates(rules: RateRules, clock: Arc<ManualClock>) -> RateLimits {
    let failures = MemoryFailures::new(Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE), clock.clone());
    RateLimits::new(rules, Arc::new(MemoryLimiter::default()), Arc::new(failures), clock)
}

pub(crate) fn authorized(req: TestRequest, key: &IssuedKey) -> TestRequest {
    req.insert_header(("authorization", format!("Bearer {}", token(key))))
}

pub(crate) fn token(key: &IssuedKey) -> &str {
    key.token.secret().expose()
}

/// A request without credentials.
pub(crate) fn request(method: Method, path: &str) -> TestRequest {
    TestRequest::default().method(method).uri(path)
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// One text of the body.
    pub(crate) fn field(&self, name: &str) -> String {
        let body = self.json();
        let text = body.get(name).and_then(Value::as_str).map(str::to_owned);
        text.unwrap_or_else(|| panic!("{name} is no text in {body}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn status_and_code(&self) -> (u16, String) {
        (self.status.as_u16(), self.field("code"))
    }

    /// Status, headers and body, with what differs from run to run named instead of shown.
    pub(crate) fn snapshot(&self) -> Value {
        let headers: Map<String, Value> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), json!(value.to_str().unwrap())))
            .map(|(name, value)| if name == "x-request-id" { (name, json!("[id]")) } else { (name, value) })
            .collect();
        json!({ "status": self.status.as_u16(), "headers": headers, "body": redacted("", self.json()) })
    }
}

/// Ids, instants and secrets give way to a word.
fn redacted(name: &str, value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name.clone(), redacted(&name, value))).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| redacted(name, item)).collect(),
        Value::String(_) if name == "external_id" => value,
        Value::String(_) if name == "id" || name.ends_with("_id") || name.ends_with("_ids") => json!("[id]"),
        Value::String(_) if name.ends_with("_at") => json!("[time]"),
        Value::String(_) if name == "node" => json!("[id]"),
        Value::String(text) if text.starts_with("key_") && text.len() == 30 => json!("[id]"),
        // The beginning of a signature.
        Value::String(text) if text.ends_with('…') => json!("[masked]"),
        Value::String(_)
            if matches!(
                name,
                "token" | "secret" | "prefix" | "next_cursor" | "created_by" | "hash" | "previous_hash"
            ) =>
        {
            json!(format!("[{name}]"))
        }
        Value::String(text) if text.len() == 30 && ["evt_", "dlv_"].iter().any(|prefix| text.starts_with(prefix)) => {
            json!("[id]")
        }
        other => other,
    }
}
