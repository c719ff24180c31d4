//! Puts the hub together: use cases of the domain, and the adapters behind their ports.

use std::sync::Arc;

use devhub_delivery::{
    DispatchHandle, EngineOptions, EngineParts, Sender, SenderError, SenderOptions, TestSends, TrustAnchors,
};
use devhub_domain::api_keys::{DirectoryLoader, KeyDirectory, LastUseFlusher};
use devhub_domain::audit::AuditLog;
use devhub_domain::events::{EventTypes, Events};
use devhub_domain::explain::Explanations;
use devhub_domain::idempotency::Idempotency;
use devhub_domain::notices::{MailTests, Notifier};
use devhub_domain::operators::{Operators, Passwords, SecondFactors, Setup, SignIns};
use devhub_domain::rate::{Ceiling, RateBuckets, RateLimits, RateOverrides, RatePolicies, RateUsage, Rulebook};
use devhub_domain::reference::ReferenceDocuments;
use devhub_domain::resends::Resends;
use devhub_domain::retention::{KeptEvents, Retention};
use devhub_domain::usage::KeyUsage;
use devhub_domain::webhooks::{
    Deliveries, DeliveryLog, Dispatcher, EndpointRules, EndpointTests, Endpoints, HopMark, Recovery, Upkeep,
};
use devhub_domain::workspaces::Workspaces;
use devhub_limiter::{AddressGuard, Buckets, SignInGuard};
use devhub_notify::{FanOut, LogNotifier, MailNotifier};
use devhub_storage::Database;
use devhub_web::{Pages, People, Services, WebLimits};
use prometheus_client::registry::Registry;
use tokio::runtime::Handle;

use crate::config::Settings;
use crate::key_events::WatchedKeys;
use crate::merchant::merchant_api;
use crate::metrics::{Scrape, Sources};
use crate::opened::Opened;
use crate::readiness::HubReadiness;
use crate::sandbox::sandbox;
use crate::shown_mail::shown_mail;
use crate::shown_node::shown_node;

/// Who webhooks come from. The name is the one that OwnPay's receivers know. Source: contract §4.4.
const USER_AGENT: &str = concat!("OwnPay-Webhook/", env!("CARGO_PKG_VERSION"));

/// All parts of a hub, none of them running yet.
pub(crate) struct Wired {
    /// What HTTP requests are answered with.
    pub(crate) services: Services,
    /// Tells HTTP whether requests are welcome.
    pub(crate) readiness: Arc<HubReadiness>,
    /// The keys in memory.
    pub(crate) directory: Arc<KeyDirectory>,
    /// Fills the directory.
    pub(crate) loader: DirectoryLoader,
    /// Writes down when keys were last used.
    pub(crate) flusher: Arc<LastUseFlusher>,
    /// What the delivery engine is started with.
    pub(crate) engine: EngineParts,
    /// Brings deliveries in line with their endpoints.
    pub(crate) upkeep: Upkeep,
    /// Removes what is old.
    pub(crate) retention: Retention,
    /// What is told of all of these.
    pub(crate) scrape: Scrape,
    /// What the rate limits have counted.
    pub(crate) buckets: Arc<Buckets>,
    /// The use cases of keys, for the control socket; what tells of keys that expire and of sprays, and writes to operators.
    pub(crate) keys: WatchedKeys,
}

/// Wires a hub. Must be called on the runtime that is to serve it.
///
/// # Errors
/// When mail cannot be set up, or TLS has no roots to trust.
pub(crate) fn wire(settings: &Settings, opened: &Opened) -> anyhow::Result<Wired> {
    let Opened { database, installed, clock, entropy, .. } = opened;
    let store = Arc::new(database.clone());
    let (directory, rulebook) = (Arc::new(KeyDirectory::new()), Arc::new(rulebook(settings, opened)));
    let dispatch = DispatchHandle::new(engine_options(settings, database));
    let dispatcher: Arc<dyn Dispatcher> = Arc::new(dispatch.clone());
    let notifier = notifier(settings, opened)?;
    let memory = (directory.clone(), rulebook.clone());
    let keys = WatchedKeys::new(settings, opened, memory, dispatcher.clone(), notifier.clone());
    let deliveries = deliveries(settings, opened, &dispatcher);
    let hop_mark = Some(HopMark::of(&installed.pepper));
    let sender = sender(&settings.webhooks.rules, hop_mark)?;
    let (guard, mut counted) = (address_guard(settings, opened), Registry::default());
    let (buckets, readiness) = (Arc::new(Buckets::new()), Arc::new(HubReadiness::new(database.clone())));
    let authenticator = opened.authenticator(settings, directory.clone());
    let rates = RateLimits::new(settings.limits.rules.clone(), buckets.clone(), guard.clone(), clock.clone())
        .with_rulebook(rulebook.clone());
    let services = Services {
        authenticator: authenticator.clone(),
        token_prefix: settings.token_prefix.clone(),
        keys: keys.use_cases.clone(),
        endpoints: endpoints(settings, opened, &dispatcher),
        events: Events::new(store.clone(), dispatcher.clone(), clock.clone(), entropy.clone()),
        event_types: EventTypes::new(store.clone(), clock.clone()),
        reference_documents: ReferenceDocuments::new(store.clone(), clock.clone()),
        deliveries: deliveries.clone(),
        resends: Resends::new(store.clone(), clock.clone(), entropy.clone()).with_dispatcher(dispatcher.clone()),
        log: DeliveryLog::new(store.clone(), deliveries.clone()),
        endpoint_tests: endpoint_tests(opened, &deliveries, &sender),
        audit: AuditLog::new(store.clone()),
        workspaces: Workspaces::new(store.clone(), clock.clone()),
        idempotency: Idempotency::new(store.clone(), installed.pepper.clone(), clock.clone()),
        usage: KeyUsage::new(store.clone(), clock.clone()).kept_for(settings.usage_kept_for),
        explanations: Explanations::new(authenticator, rates.clone(), clock.clone()),
        rates,
        checkout_guard: address_guard(settings, opened),
        rate_policies: RatePolicies::new(store.clone(), rulebook.clone(), clock.clone(), entropy.clone()),
        rate_overrides: RateOverrides::new(store.clone(), rulebook.clone(), clock.clone(), entropy.clone()),
        rate_buckets: rate_buckets(settings, opened, &rulebook, &buckets),
        rate_usage: RateUsage::new(store.clone(), rulebook.clone(), clock.clone()).kept_for(settings.usage_kept_for),
        merchant: merchant_api(settings, opened),
        rate_limit_fields: settings.limits.fields,
        trusted_proxies: settings.server.trusted_proxies.clone(),
        auth_check: settings.server.auth_check,
        hop_mark: Some(HopMark::of(&installed.pepper)),
        readiness: readiness.clone(),
        limits: web_limits(settings),
        metrics: devhub_web::Metrics::registered(&mut counted),
        sandbox: sandbox(settings, opened, &dispatcher),
        pages: pages(settings, opened)?,
        clock: clock.clone(),
        entropy: entropy.clone(),
    };
    let engine = EngineParts {
        deliveries: deliveries.clone(),
        recovery: Recovery::new(store.clone(), clock.clone()),
        takeover: Recovery::new(store.clone(), clock.clone()),
        sender,
        notifier,
        metrics: devhub_delivery::Metrics::registered(&mut counted),
        clock: clock.clone(),
        entropy: entropy.clone(),
        dispatch,
    };
    let sources = Sources { database: database.clone(), directory: directory.clone(), buckets: buckets.clone(), guard };
    let scrape = Scrape::new(counted, sources, deliveries, clock.clone());
    let upkeep = Upkeep::new(store.clone(), dispatcher, clock.clone());
    let retention = Retention::new(store, clock.clone(), settings.webhooks.kept_for);
    let (loader, flusher) = keepers(opened, &directory);
    Ok(Wired { services, readiness, directory, loader, flusher, engine, upkeep, retention, scrape, buckets, keys })
}

/// A brake on addresses that fail at something, with buckets of its own.
fn address_guard(settings: &Settings, opened: &Opened) -> Arc<AddressGuard> {
    Arc::new(AddressGuard::new(&settings.limits.rules.failed_authentications, opened.clock.clone()))
}

fn deliveries(settings: &Settings, opened: &Opened, dispatcher: &Arc<dyn Dispatcher>) -> Deliveries {
    let Opened { database, sealer, clock, entropy, .. } = opened;
    let (store, schedule) = (Arc::new(database.clone()), Arc::new(settings.webhooks.schedule.clone()));
    Deliveries::new(store, sealer.clone(), schedule, clock.clone(), entropy.clone())
        .with_dispatcher(dispatcher.clone())
        .with_circuit(settings.webhooks.circuit)
}

fn endpoints(settings: &Settings, opened: &Opened, dispatcher: &Arc<dyn Dispatcher>) -> Endpoints {
    let Opened { database, sealer, clock, entropy, .. } = opened;
    let (store, rules) = (Arc::new(database.clone()), settings.webhooks.rules.clone());
    Endpoints::new(store, sealer.clone(), rules, clock.clone(), entropy.clone())
        .with_dispatcher(dispatcher.clone())
        .with_authority_check(Arc::new(TrustAnchors))
}

/// The rules of all workspaces, none of them loaded yet.
pub(crate) fn rulebook(settings: &Settings, opened: &Opened) -> Rulebook {
    let own_workspace_id = opened.installed.default_workspace_id;
    let ceiling = |maximum_per_minute| Ceiling { maximum_per_minute, own_workspace_id };
    let rulebook = Rulebook::new();
    match settings.limits.maximum_per_minute.map(ceiling) {
        Some(ceiling) => rulebook.with_ceiling(ceiling),
        None => rulebook,
    }
}

/// What fills the directory, and what writes down when its keys were last used.
fn keepers(opened: &Opened, directory: &Arc<KeyDirectory>) -> (DirectoryLoader, Arc<LastUseFlusher>) {
    let store = Arc::new(opened.database.clone());
    (DirectoryLoader::new(store.clone(), directory.clone()), Arc::new(LastUseFlusher::new(store, directory.clone())))
}

fn rate_buckets(settings: &Settings, opened: &Opened, rulebook: &Arc<Rulebook>, buckets: &Arc<Buckets>) -> RateBuckets {
    let (store, default) = (Arc::new(opened.database.clone()), settings.limits.rules.default);
    RateBuckets::new(store, rulebook.clone(), buckets.clone(), default, opened.clock.clone())
}

/// With the sender of deliveries, so that a test finds the connections and the guard that they find.
fn endpoint_tests(opened: &Opened, deliveries: &Deliveries, sender: &Sender) -> EndpointTests {
    let Opened { database, clock, entropy, .. } = opened;
    let tests = Arc::new(TestSends::new(sender.clone(), Handle::current()));
    EndpointTests::new(Arc::new(database.clone()), deliveries.clone(), tests, clock.clone(), entropy.clone())
}

/// Passwords are hashed here alone, so that the bound on how many at once is one for the whole program.
fn pages(settings: &Settings, opened: &Opened) -> anyhow::Result<Pages> {
    let Opened { database, sealer, installed, clock, entropy, .. } = opened;
    let store = Arc::new(database.clone());
    let passwords = Passwords::new(entropy.clone());
    let failures = Arc::new(SignInGuard::new(clock.clone()));
    let workspace_id = installed.default_workspace_id;
    let second_factors =
        SecondFactors::new(store.clone(), sealer.clone(), failures.clone(), clock.clone(), entropy.clone());
    let sign_ins = SignIns::new(store.clone(), passwords.clone(), failures, clock.clone(), entropy.clone());
    let operators = Operators::new(store.clone(), clock.clone(), entropy.clone());
    let setup = Setup::new(store.clone(), workspace_id, passwords, clock.clone(), entropy.clone());
    let kept = KeptEvents::new(store.clone(), clock.clone(), settings.webhooks.kept_for);
    let sessions = opened.sessions();
    let people = People { sign_ins, second_factors, sessions, operators, setup };
    let mut pages = Pages::new(workspace_id, people).with_retention(kept).with_node(shown_node(opened)?);
    if let Some(options) = &settings.mail {
        // With connections of its own: a test waits for no notice, and no notice for a test.
        let mail = Arc::new(MailNotifier::new(options, clock.clone())?);
        let shown = shown_mail(options, settings.mails_key_events);
        pages = pages.with_mail(shown, MailTests::new(store, mail, clock.clone()));
    }
    let pages = if settings.security.requires_totp { pages.with_required_second_factor() } else { pages };
    let pages = if settings.is_reference_public { pages.with_public_reference() } else { pages };
    Ok(match &settings.server.public_url {
        Some(url) => pages.with_public_url(url.clone()),
        None => pages,
    })
}

fn web_limits(settings: &Settings) -> WebLimits {
    WebLimits {
        payload_bytes_max: settings.webhooks.payload_bytes_max,
        body_timeout: settings.server.body_timeout,
        ..WebLimits::default()
    }
}

/// What sends by today's rules, whenever an endpoint was saved.
fn sender(rules: &EndpointRules, hop_mark: Option<HopMark>) -> Result<Sender, SenderError> {
    let options = SenderOptions::new(rules.policy.clone(), USER_AGENT);
    Sender::new(SenderOptions { allows_http: rules.allows_http, hop_mark, ..options })
}

fn engine_options(settings: &Settings, database: &Database) -> EngineOptions {
    EngineOptions {
        in_flight_max: settings.webhooks.in_flight_max,
        per_endpoint_max: settings.webhooks.per_endpoint_max,
        single_owner: database.has_one_owner(),
        ..EngineOptions::default()
    }
}

/// Every notice is logged; it is mailed too when a mail server is set.
fn notifier(settings: &Settings, opened: &Opened) -> anyhow::Result<Arc<dyn Notifier>> {
    let mut channels: Vec<Arc<dyn Notifier>> = vec![Arc::new(LogNotifier)];
    if let Some(options) = &settings.mail {
        channels.push(Arc::new(MailNotifier::new(options, opened.clock.clone())?));
    }
    Ok(Arc::new(FanOut(channels)))
}
