//! `devhub serve`.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::Context as _;
use devhub_domain::secret::Secret;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::Ending;
use crate::config::{PagesRefuse, Settings};
use crate::hub::Hub;
use crate::places::Places;
use crate::program::program;
use crate::telemetry;
use crate::terminal::Terminal;

/// Threads of deliveries, timers and the control socket; HTTP has its own. Sending waits for the network, not for a processor.
const THREADS: usize = 2;
/// Threads that wait for the database on behalf of those.
const BLOCKING_THREADS_MAX: usize = 8;

/// How long threads that still wait for something are waited for, once everything has been closed.
const THREADS_GRACE: Duration = Duration::from_secs(1);
/// What an integrator needs to publish events and to look after the endpoints that they are sent to.
const FIRST_SCOPES: &str = "events:write,endpoints:read,endpoints:write,deliveries:read";

/// Runs the hub until SIGTERM or Ctrl-C, then leaves in order.
///
/// # Errors
/// When it cannot start, with what to do about it.
pub(crate) fn serve(settings: &Settings, terminal: Terminal) -> anyhow::Result<Ending> {
    let _log = telemetry::start(&settings.log)?;
    run_to_end(async {
        // Listened for before anything starts: a signal that comes meanwhile ends the hub in order too.
        let mut signals = Signals::new()?;
        let hub = Hub::start(settings, terminal).await?;
        announce(settings, &hub, terminal);
        let signal = signals.wait().await;
        tracing::info!(signal, "leaving");
        signals.unless_again(hub.stop(), terminal).await?;
        Ok(Ending::Done)
    })
}

/// Runs `work` on a runtime of its own, which is for everything but HTTP.
///
/// # Errors
/// When the system gives no threads, and whatever `work` says.
pub(crate) fn run_to_end<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name("hub")
        .enable_all()
        .build()
        .context("there are no threads for the hub")?;
    let ended = runtime.block_on(work);
    // Dropping it would wait for threads that wait for a database, however long.
    runtime.shutdown_timeout(THREADS_GRACE);
    ended
}

/// The signals that ask a program to leave.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("signals cannot be listened for");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Waits for one and says which.
    pub(crate) async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Waits for `stop`, unless another signal comes: then the process ends at once, as if it had been killed.
    pub(crate) async fn unless_again<T>(&mut self, stop: impl Future<Output = T>, terminal: Terminal) -> T {
        tokio::select! {
            ended = stop => ended,
            never = self.exit_at_next(terminal) => match never {},
        }
    }

    /// Ends the process from within the wait: to leave it would first drop what is being stopped, and that may block.
    async fn exit_at_next(&mut self, terminal: Terminal) -> Infallible {
        let signal = self.wait().await;
        // When nobody reads standard error there is nobody left to tell.
        terminal.warning(format_args!("{signal} again: leaving at once, the next start takes over what is left")).ok();
        std::process::exit(1)
    }
}

/// Says where the hub is; at the first start also what it made and what comes next.
fn announce(settings: &Settings, hub: &Hub, terminal: Terminal) {
    let (server, address) = (&settings.server, hub.address);
    let places = Places::of(settings);
    let data = places.database_folder.map(|folder| format!(" --data {}", folder.display())).unwrap_or_default();
    let mut lines = Vec::new();
    if hub.is_new() {
        lines.push(format!("a new hub was set up in {}", settings.database.url));
        if settings.security.master_key.is_none() {
            let file = places.master_key_file.display();
            lines.push(format!("its master key is {file}: keep a copy elsewhere, nothing opens without it"));
        }
        lines.push(format!(
            "issue the first key with: {} keys issue --label \"My first key\" --scope {FIRST_SCOPES}{data}",
            program()
        ));
    }
    if let Some(url) = &server.public_url {
        lines.push(format!("known outside as {url}"));
    }
    lines.extend(hub.withheld.clone());
    lines.extend(about_pages(server.page_url(address), hub.setup_token.as_ref(), &data));
    if let Some(metrics) = &hub.metrics {
        lines.push(format!("metrics on http://{}/metrics", metrics.address));
    }
    lines.push(format!("listening on {}://{address}", server.scheme()));
    // A hub whose output nobody reads serves all the same.
    lines.into_iter().try_for_each(|line| terminal.line(line)).ok();
    for warning in server.warnings() {
        tracing::warn!(%address, "{warning}");
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "the hub serves");
}

/// Where the pages are, or what has them answer. A token is told only with an address that takes it.
fn about_pages(url: Result<String, PagesRefuse>, setup_token: Option<&Secret>, data: &str) -> Vec<String> {
    match (url, setup_token) {
        // After `#`, where browsers keep it to themselves: it is in no request, and in no log of a proxy.
        (Ok(url), Some(token)) => vec![format!("set it up: {url}/admin/setup#{}", token.expose())],
        (Ok(url), None) => vec![format!("pages: {url}/admin")],
        (Err(refusal), Some(_)) => {
            let owner = format!("make the owner with: {} operators add <email> --role owner{data}", program());
            vec![refusal.to_string(), owner]
        }
        (Err(refusal), None) => vec![refusal.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: Result<&str, PagesRefuse>, token: Option<&str>) -> String {
        about_pages(url.map(str::to_owned), token.map(Secret::new).as_ref(), " --data data").join("\n")
    }

    #[test]
    fn an_address_that_answers_is_told_with_the_token_while_there_is_no_owner() {
        let url = Ok("http://127.0.0.1:8780");
        assert_eq!(told(url, Some("token")), "set it up: http://127.0.0.1:8780/admin/setup#token");
        assert_eq!(told(url, None), "pages: http://127.0.0.1:8780/admin");
    }

    #[test]
    fn where_pages_refuse_the_way_without_them_is_told_and_no_token() {
        for refusal in [PagesRefuse::InTheClear, PagesRefuse::NoTrustedProxy] {
            let told = told(Err(refusal), Some("token"));
            assert!(told.starts_with(&refusal.to_string()), "{told}");
            assert!(told.ends_with(" operators add <email> --role owner --data data"), "{told}");
            assert!(!told.contains("token"), "{told}");
        }
        assert_eq!(told(Err(PagesRefuse::InTheClear), None), PagesRefuse::InTheClear.to_string());
    }
}
