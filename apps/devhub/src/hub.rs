//! A running hub: how it starts, and how it leaves without losing anything.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use anyhow::Context as _;
use devhub_delivery::Engine;
use devhub_domain::api_keys::{DirectoryLoader, KeyDirectory, LastUseFlusher};
use devhub_domain::causes::chain;
use devhub_domain::operators::Setup;
use devhub_domain::resends::Resends;
use devhub_domain::secret::Secret;
use devhub_domain::time::Clock;
use devhub_limiter::Buckets;
use devhub_sandbox::Sandbox;
use devhub_storage::{Database, SoleNode};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::config::Settings;
use crate::connections::{Connections, Room, close_idle_regularly, close_idle_while_leaving};
use crate::control::{Control, Desk, remove_left_over_snapshots};
use crate::jobs::resend_regularly;
use crate::listen::listen;
use crate::metrics::MetricsListener;
use crate::nodes::refuse_second_node;
use crate::opened::Opened;
use crate::readiness::HubReadiness;
use crate::restored::{about_paused, about_withheld, withhold_if_restored};
use crate::retention::remove_regularly;
use crate::rules::{keep_rules_regularly, load_rules};
use crate::sandbox;
use crate::state_folder::StateFolder;
use crate::terminal::Terminal;
use crate::tls::{Renewal, renew_regularly};
use crate::upkeep::keep_up_regularly;
use crate::usage::{Usage, count_regularly};
use crate::wire::{Wired, wire};

/// How often the last uses of keys are written: what a crash can cost of them.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// How often full buckets are forgotten. New ones forget old ones themselves: this is for when there are no new ones.
const SWEEP_EVERY: Duration = Duration::from_secs(5);
/// Buckets of one shard that are looked at each time: a request waits for its shard some 100 microseconds at most, and those of a
/// million keys are gone in five minutes.
const SWEEP_STEPS: usize = 1_024;
/// Pause before a page of keys is tried again; doubled each time.
const LOAD_PAUSE_MIN: Duration = Duration::from_secs(1);
/// Longest such pause: the longest that unknown keys cost a read after the database has come back.
const LOAD_PAUSE_MAX: Duration = Duration::from_mins(1);
/// How much longer than the grace the HTTP server may take until it is given up.
const SERVER_MARGIN: Duration = Duration::from_secs(1);
/// How long the last writes may take. A database that is gone must not keep the hub from ending.
const CLOSE_MAX: Duration = Duration::from_secs(5);
/// Shortest time that is left to deliveries when requests have used up the grace.
const DELIVERY_GRACE_MIN: Duration = Duration::from_secs(1);

/// A hub that serves.
pub(crate) struct Hub {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Answers with metrics; `None` when nobody is to ask.
    pub(crate) metrics: Option<MetricsListener>,
    /// What the first owner is made with; `None` when there is one.
    pub(crate) setup_token: Option<Secret>,
    /// What to do about what waits for a decision since a restore.
    pub(crate) withheld: Vec<String>,
    /// What carries out the command line's wishes.
    pub(crate) desk: Desk,
    opened: Opened,
    /// Keeps other hubs off the database; `None` where several may share it.
    sole_node: Option<SoleNode>,
    readiness: Arc<HubReadiness>,
    server: ServerHandle,
    serving: JoinHandle<io::Result<()>>,
    connections: Arc<Connections>,
    /// Closes when it is dropped, which ends the loading of keys.
    loading: Sender<Infallible>,
    engine: Engine,
    control: Control,
    flusher: Arc<LastUseFlusher>,
    usage: Usage,
    /// What is done again and again for as long as the hub serves.
    routines: Vec<JoinHandle<()>>,
    grace: Duration,
}

impl Hub {
    /// Starts a hub: it answers requests when this returns. Keys are still being loaded then, which no caller notices.
    ///
    /// # Errors
    /// When the database does not open, another hub lives on it, the certificate does not fit its key, the port is taken, or the
    /// control socket cannot be made.
    pub(crate) async fn start(settings: &Settings, terminal: Terminal) -> anyhow::Result<Self> {
        // Before anything opens files.
        let room = Room::make(settings);
        let connections_max = room.connections_max();
        if let Some(shortage) = room.shortage() {
            tracing::warn!("{shortage}");
        }
        let opened = Opened::for_serving(settings, terminal)?;
        let tls = settings.server.tls.clone();
        let renewal = tls.map(|files| Renewal::start(files, opened.clock.clone())).transpose()?;
        let state_folder = StateFolder::take(&opened.places.state_folder)?;
        remove_left_over(&opened)?;
        let sole_node = refuse_second_node(&opened.database, settings.allows_several_nodes).await?;
        let Wired { services, readiness, directory, loader, flusher, engine, upkeep, retention, scrape, buckets, keys } =
            wire(settings, &opened)?;
        let (rules, rates) = (load_rules(&services.rate_policies).await?, services.rates.clone());
        // First, and stopped last: a start and an end can be watched.
        let metrics =
            settings.metrics_listen.map(|listen| MetricsListener::start(listen, scrape, opened.clock.clone()));
        let metrics = metrics.transpose()?;
        let (idempotency, resends) = (services.idempotency.clone(), services.resends.clone());
        let usage = Usage { keys: services.usage.clone(), rates: services.rate_usage.clone() };
        let explanations = services.explanations.clone();
        let endpoints = services.endpoints.clone();
        let (setup, platform) = (services.pages.setup().clone(), services.sandbox.clone());
        let setup_token = offer_setup(setup).await?;
        let withheld = withhold(&opened, &resends, platform.clone()).await?;
        let connections = Arc::new(Connections::new(opened.clock.clone()));
        let presented = renewal.as_ref().map(Renewal::presented);
        let (server, address) = listen(&settings.server, presented, services, &connections, connections_max)?;
        let desk = opened.desk(settings, keys.use_cases.clone(), explanations, endpoints);
        let control = Control::open(state_folder, opened.places.database_name.clone(), desk.clone())?;
        let handle = server.handle();
        let serving = tokio::spawn(server);
        let loading = load_in_background(loader, directory, opened.clock.clone())?;
        let (counted, notifier) = (engine.metrics.clone(), engine.notifier.clone());
        let engine =
            Engine::start(engine, &tokio::runtime::Handle::current()).context("deliveries cannot be started")?;
        let mut routines = vec![
            tokio::spawn(flush_regularly(flusher.clone())),
            tokio::spawn(count_regularly(usage.clone())),
            tokio::spawn(keep_up_regularly(upkeep, idempotency, opened.sessions())),
            tokio::spawn(resend_regularly(resends)),
            tokio::spawn(remove_regularly(retention, usage.clone(), opened.database.clone(), counted, notifier)),
            tokio::spawn(sweep_regularly(buckets, opened.clock.clone())),
            tokio::spawn(keep_rules_regularly(rules, rates)),
            tokio::spawn(close_idle_regularly(connections.clone(), settings.server.connection_idle_max())),
        ];
        routines.extend(keys.start());
        routines.extend(sandbox::start(platform, settings, &opened));
        routines.extend(renewal.map(|renewal| tokio::spawn(renew_regularly(renewal))));
        Ok(Self {
            address,
            metrics,
            setup_token,
            withheld,
            desk,
            readiness,
            server: handle,
            serving,
            connections,
            loading,
            engine,
            control,
            routines,
            flusher,
            usage,
            grace: settings.server.shutdown_grace,
            opened,
            sole_node,
        })
    }

    /// Whether this start made the installation.
    pub(crate) fn is_new(&self) -> bool {
        self.opened.installed.is_new
    }

    /// Stops accepting, finishes what is in flight within the grace, writes what waits, and closes the database.
    ///
    /// What does not finish is not lost: unsent deliveries go back, unfinished ones are taken over at the next start. Every step has
    /// its bound, and is taken whatever became of the one before.
    ///
    /// # Errors
    /// When the HTTP server had failed, or a step did not end in time.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let started = self.opened.clock.elapsed();
        self.readiness.leave();
        self.control.close();
        drop(self.loading);
        self.routines.iter().for_each(JoinHandle::abort);
        // Requests first: what they still publish is sent by the engine, or released by it.
        let served = tokio::select! {
            served = stop_serving(self.server, self.serving, self.grace) => served,
            never = close_idle_while_leaving(&self.connections) => match never {},
        };
        let used = self.opened.clock.elapsed().saturating_sub(started);
        let report = self.engine.shutdown(self.grace.saturating_sub(used).max(DELIVERY_GRACE_MIN)).await;
        tracing::info!(?report, "deliveries have stopped");
        let closed = close((self.flusher, self.usage), self.opened.database, self.sole_node).await;
        if let Some(metrics) = self.metrics {
            metrics.stop().await;
        }
        if let (Err(_), Err(error)) = (&served, &closed) {
            tracing::error!(error = format!("{error:#}"), "the end is not in order");
        }
        served.and(closed)
    }
}

/// What the first owner is made with; `None` when there is one.
async fn offer_setup(setup: Setup) -> anyhow::Result<Option<Secret>> {
    tokio::task::spawn_blocking(move || setup.offer()).await?.context("operators cannot be read")
}

/// Withholds what is overdue on a restored database, before anything is sent, and says what waits for a decision.
async fn withhold(opened: &Opened, resends: &Resends, platform: Option<Sandbox>) -> anyhow::Result<Vec<String>> {
    let (opened, resends) = (opened.clone(), resends.clone());
    let withholding = tokio::task::spawn_blocking(move || {
        let paused = withhold_if_restored(&opened, platform.as_ref())?;
        let withheld = about_withheld(&opened, &resends)?;
        Ok(withheld.into_iter().chain(about_paused(&paused)).collect())
    });
    withholding.await?
}

/// Lets requests finish. The server has its own bound for them; this one is for a worker that no longer answers at all.
async fn stop_serving(
    server: ServerHandle,
    serving: JoinHandle<io::Result<()>>,
    grace: Duration,
) -> anyhow::Result<()> {
    let stopping = async {
        server.stop(true).await;
        serving.await
    };
    let stopped = timeout(grace + SERVER_MARGIN, stopping).await.context("the HTTP server did not stop in time")?;
    stopped.context("the HTTP server was cut off")?.context("the HTTP server failed")
}

/// Writes the last uses of keys and what was counted, and closes the database.
async fn close(
    (flusher, usage): (Arc<LastUseFlusher>, Usage),
    database: Database,
    sole_node: Option<SoleNode>,
) -> anyhow::Result<()> {
    let closing = tokio::task::spawn_blocking(move || {
        flush(&flusher);
        usage.write();
        database.shutdown();
        // Last: until here this hub still writes.
        drop(sole_node);
    });
    let closed = timeout(CLOSE_MAX, closing).await.context("the database did not close in time: it does not answer")?;
    closed.context("the database was not closed in order")
}

/// Loads every key on a thread of its own, while requests are already being answered by reading through. It ends, without a word,
/// when what this returns is dropped.
fn load_in_background(
    mut loader: DirectoryLoader,
    directory: Arc<KeyDirectory>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Sender<Infallible>> {
    let (loading, stopped) = channel();
    let load = move || {
        let started = clock.elapsed();
        let mut pause = LOAD_PAUSE_MIN;
        loop {
            let step = loader.step();
            // Asked after the step: one that failed because the database was closed is no error.
            if stopped.try_recv() == Err(TryRecvError::Disconnected) {
                return;
            }
            match step {
                Ok(false) => pause = LOAD_PAUSE_MIN,
                Ok(true) => break,
                Err(error) => {
                    let error = chain(&error);
                    tracing::error!(error, "a page of keys is not loaded: unknown keys are looked up in the database");
                    if stopped.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                        return;
                    }
                    pause = (pause * 2).min(LOAD_PAUSE_MAX);
                }
            }
        }
        let duration_ms = clock.elapsed().saturating_sub(started).as_millis();
        tracing::info!(keys = directory.len(), %duration_ms, "all keys are loaded");
    };
    std::thread::Builder::new()
        .name("load-keys".to_owned())
        .spawn(load)
        .context("the loading thread cannot be started")?;
    Ok(loading)
}

async fn sweep_regularly(buckets: Arc<Buckets>, clock: Arc<dyn Clock>) {
    let mut interval = tokio::time::interval(SWEEP_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        buckets.sweep(clock.elapsed(), SWEEP_STEPS);
    }
}

async fn flush_regularly(flusher: Arc<LastUseFlusher>) {
    let mut interval = tokio::time::interval(FLUSH_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let flusher = flusher.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || flush(&flusher)).await {
            tracing::error!(%error, "the last uses of keys were not written");
        }
    }
}

fn flush(flusher: &LastUseFlusher) {
    if let Err(error) = flusher.flush() {
        tracing::warn!(%error, "the last uses of some keys were not written");
    }
}

/// Copies of the database that an earlier hub was making when it ended.
fn remove_left_over(opened: &Opened) -> anyhow::Result<()> {
    let folder = opened.places.database_folder.as_ref();
    folder
        .map_or(Ok(()), |folder| remove_left_over_snapshots(folder))
        .context("copies of the database that were left over cannot be removed")
}
