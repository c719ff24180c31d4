//! A hub with endpoints, and the peer that publishes to it and receives from it.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::hub::{Hub, Scratch, Server};
use super::latency::Client;
use super::start::wait;
use crate::process;
use crate::ui::Stopwatch;

/// Looks at what is still being recorded, after everything was received: far more than there is ever to wait for.
const LOOKS_MAX: u32 = 10_000;

/// The program that publishes and receives, `crates/delivery/examples/bench_peer`.
pub(super) struct Peer {
    server: Server,
    authorization: String,
}

/// A hub on a database, running or not.
pub(super) struct Stage {
    hub: Hub,
    server: Option<Server>,
    pub(super) peer: Peer,
}

/// What one load came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loaded {
    /// Events accepted per second.
    pub(super) published_per_s: f64,
    /// Deliveries per second, from the first publish to the last result.
    pub(super) delivered_per_s: f64,
    /// From sending to receipt. Milliseconds.
    pub(super) p50_ms: f64,
    /// From sending to receipt. Milliseconds.
    pub(super) p99_ms: f64,
}

/// Events to publish.
#[derive(Clone, Copy, Debug)]
pub(super) struct Events {
    pub(super) count: u32,
    pub(super) connections: u32,
    /// Endpoints that get each.
    pub(super) per_event: u32,
    /// 0 for as many as are answered.
    pub(super) per_second: u32,
}

impl Peer {
    fn start() -> anyhow::Result<Self> {
        let build = ["build", "--quiet", "--release", "--package", "devhub-delivery", "--example", "bench_peer"];
        process::run(&mut process::program("cargo", &build))?;
        let program = process::root().join("target/release/examples/bench_peer");
        let server = Server::start(&mut process::program(program, &[]))?;
        Ok(Self { server, authorization: String::new() })
    }

    /// Where it receives: `/hook` answers, `/hang` never does.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.base)
    }

    /// What it answers to a command.
    ///
    /// # Errors
    /// When it has ended.
    pub(super) fn ask(&self, command: &str) -> anyhow::Result<Value> {
        let mut client = Client::connect(&self.server.base, &[("authorization", &self.authorization)])?;
        serde_json::from_slice(&client.get(command)?.body).context("the peer answers with JSON")
    }

    /// POSTs per second of the raw loop: the bytes of the latest delivery, sent by this program to itself.
    ///
    /// # Errors
    /// When it has ended, or nothing was delivered yet.
    pub(super) fn limit(&self, count: u32, connections: u32) -> anyhow::Result<f64> {
        let own = self.server.base.trim_start_matches("http://");
        let command =
            format!("/load?target={own}&path=/&events={count}&connections={connections}&per_event=1&replay=1");
        let told = self.ask(&command)?;
        anyhow::ensure!(number(&told, "accepted")? >= f64::from(count), "the raw loop broke off: {told}");
        Ok(f64::from(count) / number(&told, "published_s")?)
    }
}

impl Stage {
    /// A hub that is started on an empty database, with a peer beside it.
    ///
    /// # Errors
    /// When either cannot be built or started.
    pub(super) fn new(hub: Hub) -> anyhow::Result<Self> {
        let hub = hub.with("webhooks.allow_http=true").with("webhooks.allow_networks=127.0.0.0/8");
        let mut stage = Self { hub, server: None, peer: Peer::start()? };
        stage.start()?;
        stage.peer.authorization = stage.hub.authorization()?;
        Ok(stage)
    }

    /// On SQLite in a folder.
    ///
    /// # Errors
    /// As [`Stage::new`].
    pub(super) fn on_sqlite(scratch: &Scratch) -> anyhow::Result<Self> {
        Self::new(Hub::on(&scratch.database_url())?)
    }

    /// Starts the hub again.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start(&mut self) -> anyhow::Result<()> {
        self.server = Some(self.hub.serve()?);
        Ok(())
    }

    /// Kills the hub: it cannot tidy up.
    pub(super) fn kill(&mut self) {
        self.server = None;
    }

    /// Kills the hub while the peer publishes to it, and returns once the peer has noticed.
    ///
    /// # Errors
    /// When the peer has ended.
    pub(super) fn kill_under(&mut self, load_command: &str, after: Duration) -> anyhow::Result<()> {
        let Self { server, peer, .. } = self;
        std::thread::scope(|scope| {
            let load = scope.spawn(|| peer.ask(load_command));
            wait(after);
            *server = None;
            load.join().map_err(|_panic| anyhow::anyhow!("the load broke down"))?.map(drop)
        })
    }

    /// The running hub.
    ///
    /// # Errors
    /// When it was killed.
    pub(super) fn server(&self) -> anyhow::Result<&Server> {
        self.server.as_ref().context("the hub runs")
    }

    fn client(&self) -> anyhow::Result<Client> {
        Client::connect(&self.server()?.base, &[("authorization", &self.peer.authorization)])
    }

    /// Adds endpoints with everything as their types.
    ///
    /// # Errors
    /// When one is refused.
    pub(super) fn add_endpoints(&self, count: u32, path: &str) -> anyhow::Result<()> {
        for _ in 0..count {
            let body = json!({ "url": self.peer.url(path), "event_types": ["*"] }).to_string();
            let answer = self.client()?.post_json("/api/hub/v1/endpoints", &body)?;
            anyhow::ensure!(answer.status == 201, "an endpoint was refused with {}", answer.status);
        }
        Ok(())
    }

    /// Fills the database while the hub is away. Starts nothing.
    ///
    /// # Errors
    /// When the program that does it cannot be built or fails.
    pub(super) fn seed(&mut self, database_url: &str, state: &str, count: u32) -> anyhow::Result<()> {
        self.kill();
        let build = ["build", "--quiet", "--release", "--package", "devhub-storage", "--example", "seed_history"];
        process::run(&mut process::program("cargo", &build))?;
        let program = process::root().join("target/release/examples/seed_history");
        process::run(&mut process::program(program, &[database_url, state, &count.to_string()]))
    }

    /// Publishes and waits until every delivery was received and recorded, each once.
    ///
    /// # Errors
    /// When one was refused, lost, or came twice.
    pub(super) fn load(&self, events: Events) -> anyhow::Result<Loaded> {
        let told = self.peer.ask(&self.load_command(events)?)?;
        let watch = Stopwatch::start();
        let mut client = self.client()?;
        let mut is_recorded = false;
        for _ in 0..LOOKS_MAX {
            let page: Value = serde_json::from_slice(&client.get("/api/hub/v1/deliveries?limit=1&state=leased")?.body)?;
            is_recorded = page.pointer("/items/0").is_none();
            if is_recorded {
                break;
            }
        }
        anyhow::ensure!(is_recorded, "results are not recorded");
        let deliveries = f64::from(events.count) * f64::from(events.per_event);
        let is_whole = number(&told, "failed")? == 0.0
            && number(&told, "duplicates")? == 0.0
            && number(&told, "receipts")? >= deliveries;
        anyhow::ensure!(is_whole, "of {deliveries} deliveries, this was received: {told}");
        Ok(Loaded {
            published_per_s: f64::from(events.count) / number(&told, "published_s")?,
            delivered_per_s: deliveries / (number(&told, "received_s")? + watch.elapsed().as_secs_f64()),
            p50_ms: number(&told, "p50_ms")?,
            p99_ms: number(&told, "p99_ms")?,
        })
    }

    /// What makes the peer publish.
    ///
    /// # Errors
    /// When the hub does not run.
    pub(super) fn load_command(&self, events: Events) -> anyhow::Result<String> {
        let Events { count, connections, per_event, per_second } = events;
        let target = self.server()?.base.trim_start_matches("http://");
        Ok(format!(
            "/load?target={target}&path=/api/hub/v1/events&events={count}&connections={connections}\
             &per_event={per_event}&per_second={per_second}"
        ))
    }

    /// Brings the database's files to rest, so that their size can be read.
    ///
    /// # Errors
    /// When the hub's command fails.
    pub(super) fn settle(&mut self) -> anyhow::Result<()> {
        self.kill();
        process::text(&mut self.hub.command(&["migrate"])).map(drop)
    }
}

/// A number that the peer has told.
///
/// # Errors
/// When it has not.
pub(super) fn number(told: &Value, name: &str) -> anyhow::Result<f64> {
    told.get(name).and_then(Value::as_f64).with_context(|| format!("the peer tells {name}: {told}"))
}
