//! The platform behind OwnPay's API, and what happens in it by itself.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::Dispatcher;
use devhub_sandbox::{Sandbox, SandboxError, SandboxParts, SandboxRules, TimeOuts};
use tokio::task::JoinHandle;

use crate::config::Settings;
use crate::opened::Opened;

/// How often there is a look for what is due, which costs microseconds when nothing is.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two steps while more is due, so that requests come first.
const STEP_PAUSE: Duration = Duration::from_millis(10);
/// How often old payments are removed.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// The platform; `None` where it is switched off.
pub(crate) fn sandbox(settings: &Settings, opened: &Opened, dispatcher: &Arc<dyn Dispatcher>) -> Option<Sandbox> {
    let parts = || SandboxParts {
        store: Arc::new(opened.database.clone()),
        dispatcher: Arc::clone(dispatcher),
        sealer: Arc::clone(&opened.sealer),
        rules: SandboxRules::default(),
        clock: opened.clock.clone(),
        entropy: opened.entropy.clone(),
    };
    settings.has_sandbox.then(|| Sandbox::new(parts()))
}

/// Starts what happens by itself, where there is a platform.
pub(crate) fn start(sandbox: Option<Sandbox>, settings: &Settings, opened: &Opened) -> Option<JoinHandle<()>> {
    let (kept_for, clock) = (settings.webhooks.kept_for, opened.clock.clone());
    sandbox.map(|sandbox| tokio::spawn(let_time_pass(sandbox.time_outs, kept_for, clock)))
}

/// Ends what has timed out, settles what waits for a gateway, and removes payments that were touched last longer ago than `kept_for`,
/// as events are.
async fn let_time_pass(time_outs: TimeOuts, kept_for: Option<Duration>, clock: Arc<dyn Clock>) {
    let mut pruned_at = None;
    loop {
        let is_due = pruned_at.is_none_or(|at| clock.elapsed().saturating_sub(at) >= PRUNE_EVERY);
        let ended_before = kept_for.filter(|_| is_due).map(|kept_for| clock.now().minus(kept_for));
        let time_outs = time_outs.clone();
        let step = tokio::task::spawn_blocking(move || {
            let has_more = time_outs.run()?.has_more;
            let has_older = ended_before.map(|before| time_outs.prune(before)).transpose()?.unwrap_or(false);
            Ok::<_, SandboxError>((has_more, has_older))
        });
        let pause = match step.await {
            Ok(Ok((has_more, has_older))) => {
                if !has_older {
                    pruned_at = pruned_at.filter(|_| !is_due).or(Some(clock.elapsed()));
                }
                if has_more || has_older { STEP_PAUSE } else { LOOK_EVERY }
            }
            Ok(Err(error)) => {
                tracing::warn!(error = chain(&error), "payments have to wait: the store failed; trying again");
                LOOK_EVERY
            }
            Err(panicked) => {
                tracing::error!(error = %panicked, "a payment broke down; trying again");
                LOOK_EVERY
            }
        };
        tokio::time::sleep(pause).await;
    }
}
