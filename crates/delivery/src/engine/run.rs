//! Starts the engine and stops it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::entropy::Entropy;
use devhub_domain::notices::Notifier;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{Deliveries, DeliveryError, Dispatcher, Recovery};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::circuits::Probes;
use super::claims::Claims;
use super::counting::count;
use super::courier::{Courier, Phase, Tally};
use super::dispatch::DispatchHandle;
use super::heartbeat::Heartbeat;
use super::notices::{NOTICES_MAX, Notices};
use super::recount::{Missing, Recount};
use super::successes::Successes;
use super::takeover::Takeover;
use crate::http::Sender;
use crate::metrics::Metrics;

/// Longest wait for the store to end the session, after the grace. Past it the next start takes over.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// What an engine is made of.
pub struct EngineParts {
    /// Where publishing hands deliveries over; carries the options.
    pub dispatch: DispatchHandle,
    /// Claims, signs and records.
    pub deliveries: Deliveries,
    /// Opens, keeps and ends this node's session.
    pub recovery: Recovery,
    /// Takes over from other sessions: another one than `recovery`, so that no beat waits for it.
    pub takeover: Recovery,
    /// Sends requests.
    pub sender: Sender,
    /// Tells operators what they should know.
    pub notifier: Arc<dyn Notifier>,
    /// Counts what is done; [`Metrics::default`] where nobody asks.
    pub metrics: Metrics,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes the ids of sessions.
    pub entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for EngineParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineParts").field("dispatch", &self.dispatch).finish_non_exhaustive()
    }
}

/// What became of the deliveries that an engine held when it was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownReport {
    /// Sent, and their results recorded.
    pub finished: usize,
    /// Given back unsent.
    pub released: usize,
    /// Cut off at the end of the grace. They are given back too, or taken over by the next start, and are sent again.
    pub interrupted: usize,
}

/// The running deliveries of one node.
pub struct Engine {
    dispatch: DispatchHandle,
    courier: Arc<Courier>,
    heartbeat: Heartbeat,
    /// The tasks that look for deliveries; they end when the engine drains.
    seeking: Vec<(&'static str, JoinHandle<()>)>,
    beating: JoinHandle<()>,
    counting: JoinHandle<()>,
    telling: JoinHandle<()>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("dispatch", &self.dispatch).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens a session, takes over what earlier runs left where that is known at once, and begins to deliver on `runtime`.
    ///
    /// Blocks: it writes to the store.
    ///
    /// # Errors
    /// The store's own; nothing runs then.
    pub fn start(parts: EngineParts, runtime: &Handle) -> Result<Self, DeliveryError> {
        let EngineParts { dispatch, deliveries, recovery, mut takeover, sender, notifier, metrics, clock, entropy } =
            parts;
        let options = *dispatch.options();
        let opened_at = clock.elapsed();
        let session_id = recovery.open(&*entropy)?;
        if options.single_owner {
            let released = takeover.take_over_all(session_id)?;
            if released > 0 {
                tracing::info!(deliveries = released, session.id = %session_id, "took over what earlier runs had left");
            }
        }
        let gate_changes = dispatch.slots().gate_changes();
        let failing = deliveries.failing()?;
        dispatch.slots().share(deliveries.has_several_workspaces()?);
        let (notices, teller) = Notices::new(NOTICES_MAX, notifier);
        let courier = Arc::new(Courier {
            successes: Arc::new(Successes::new(deliveries.clone())),
            deliveries,
            sender,
            notices,
            clock: Arc::clone(&clock),
            slots: Arc::clone(dispatch.slots()),
            leasing: Arc::clone(dispatch.leasing()),
            custody: Arc::default(),
            runtime: runtime.clone(),
            phase: watch::Sender::new(Phase::Running),
            tally: Tally::default(),
            metrics,
        });
        let session = Arc::new(Mutex::new(session_id));
        let recovery = Arc::new(Mutex::new(recovery));
        let heartbeat = Heartbeat { recovery, entropy, clock, dispatch: dispatch.clone(), session };
        let probes = Probes { courier: Arc::clone(&courier), dispatch: dispatch.clone() };
        // Before anything leaves: a restart is no reason to storm an endpoint that fails.
        probes.learn(failing, gate_changes);
        dispatch.attach(session_id, opened_at, Arc::clone(&courier));

        let claims = Claims { courier: Arc::clone(&courier), dispatch: dispatch.clone(), served: None };
        let missing = Missing::default();
        let recount = Recount { courier: Arc::clone(&courier), dispatch: dispatch.clone(), missing };
        let mut seeking = vec![
            ("claiming", runtime.spawn(claims.run())),
            ("probing", runtime.spawn(probes.run())),
            ("the recount", runtime.spawn(recount.run())),
        ];
        if !options.single_owner {
            let takeover = Takeover { recovery: Arc::new(Mutex::new(takeover)), dispatch: dispatch.clone() };
            seeking.push(("taking over", runtime.spawn(takeover.run(Arc::clone(&courier)))));
        }
        let beating = runtime.spawn(heartbeat.clone().run(Arc::clone(&courier)));
        let counting = runtime.spawn(count(Arc::clone(&courier)));
        let until = Arc::clone(&courier);
        let telling = runtime.spawn(async move { teller.run(until.reached(Phase::Over)).await });
        Ok(Self { dispatch, courier, heartbeat, seeking, beating, counting, telling })
    }

    /// What publishing talks to.
    pub fn dispatcher(&self) -> Arc<dyn Dispatcher> {
        Arc::new(self.dispatch.clone())
    }

    /// Stops: claims nothing more, gives back what has not left, lets what has left come to its end within `grace`, tells the
    /// operators what is still to tell, and ends the session. Returns within `grace` and two seconds more, whatever the store does.
    pub async fn shutdown(self, grace: Duration) -> ShutdownReport {
        let Self { dispatch, courier, heartbeat, seeking, beating, counting, telling } = self;
        let before = (tally(&courier.tally.finished), tally(&courier.tally.released));
        let deadline = Instant::now() + grace;
        dispatch.leasing().drain();
        courier.phase.send_replace(Phase::Draining);
        let drained = timeout_at(deadline, async {
            for (what, task) in seeking {
                ended(task, what).await;
            }
            courier.slots.emptied().await;
            // Last: what has just been recorded may have left one more.
            courier.notices.close();
            ended(telling, "telling the operators").await;
        });
        let interrupted = if drained.await.is_ok() { 0 } else { courier.slots.total() };
        courier.phase.send_replace(Phase::Over);
        let closing = async {
            ended(beating, "the heartbeat").await;
            ended(counting, "counting").await;
            match courier.runtime.spawn_blocking(move || heartbeat.close()).await {
                Ok(Ok(_given_back)) => {}
                Ok(Err(error)) => tracing::warn!(
                    error.code = error.code(),
                    error = chain(&error),
                    "cannot end this node's session: the next start takes it over",
                ),
                Err(error) => tracing::error!(error = %error, "the end of this node's session broke down"),
            }
        };
        if timeout(CLOSE_WAIT, closing).await.is_err() {
            tracing::warn!("the store did not end this node's session in time: the next start takes it over");
        }
        let finished = tally(&courier.tally.finished) - before.0;
        let released = tally(&courier.tally.released) - before.1;
        ShutdownReport { finished, released, interrupted }
    }
}

fn tally(count: &std::sync::atomic::AtomicUsize) -> usize {
    count.load(Ordering::Relaxed)
}

async fn ended(task: JoinHandle<()>, what: &str) {
    if let Err(error) = task.await {
        tracing::error!(error = %error, "{what} broke down");
    }
}
