//! The platform behind OwnPay's API, and what happens in it by itself.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::Dispatcher;
use devhub_sandbox::{PaymentKey, Sandbox, SandboxError, SandboxParts, SandboxRules, Skipped, TimeOuts};
use tokio::task::JoinHandle;

use crate::config::Settings;
use crate::opened::Opened;

/// How often there is a look for what is due, which costs microseconds when nothing is.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two steps while more is due, so that requests come first.
const STEP_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause after failures.
const PAUSE_MAX: Duration = Duration::from_mins(1);
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
    let (mut pruned_at, mut skipped, mut failures) = (None, BTreeSet::new(), 0);
    loop {
        let is_due = pruned_at.is_none_or(|at| clock.elapsed().saturating_sub(at) >= PRUNE_EVERY);
        let ended_before = kept_for.filter(|_| is_due).map(|kept_for| clock.now().minus(kept_for));
        let time_outs = time_outs.clone();
        let step = tokio::task::spawn_blocking(move || {
            let passed = time_outs.run()?;
            let has_older = ended_before.map(|before| time_outs.prune(before)).transpose()?.unwrap_or(false);
            Ok::<_, SandboxError>((passed, has_older))
        });
        let pause = match step.await {
            Ok(Ok((passed, has_older))) => {
                if !has_older {
                    pruned_at = pruned_at.filter(|_| !is_due).or(Some(clock.elapsed()));
                }
                failures = 0;
                skipped = tell_skipped(&skipped, &passed.skipped);
                if passed.has_more || has_older { STEP_PAUSE } else { LOOK_EVERY }
            }
            Ok(Err(error)) => {
                failures += 1;
                let pause = pause_after(failures);
                let (code, error) = (error.code(), chain(&error));
                tracing::warn!(code, error, pause_s = pause.as_secs(), "payments have to wait; trying again");
                pause
            }
            Err(panicked) => {
                failures += 1;
                tracing::error!(error = %panicked, "a payment broke down; trying again");
                pause_after(failures)
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Says which payments cannot be moved, each once for as long as it stays so; returns which those are.
fn tell_skipped(before: &BTreeSet<PaymentKey>, skipped: &[Skipped]) -> BTreeSet<PaymentKey> {
    for Skipped { payment, code, cause } in skipped.iter().filter(|skipped| !before.contains(&skipped.payment)) {
        let (workspace, id) = (payment.workspace_id, payment.id);
        tracing::error!(workspace.id = %workspace, payment.id = %id, code, error = cause, "a payment stays as it is: mend it");
    }
    skipped.iter().map(|skipped| skipped.payment).collect()
}

/// How long to wait after so many failures in a row: twice as long each time, a minute at most, so that a lasting one does not fill the
/// log.
fn pause_after(failures: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    LOOK_EVERY.saturating_mul(doubled).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use devhub_domain::id::WorkspaceId;
    use devhub_sandbox::PaymentId;

    use super::*;

    #[test]
    fn the_pause_after_failures_doubles_up_to_a_minute() {
        let pauses = [1, 2, 3, 6, 7, 100].map(|failures| pause_after(failures).as_secs());
        assert_eq!(pauses, [1, 2, 4, 32, 60, 60]);
    }

    #[test]
    fn what_is_skipped_is_told_until_it_is_not() {
        let payment = PaymentKey { workspace_id: WorkspaceId::from_bytes([1; 16]), id: PaymentId::from_bytes([1; 16]) };
        let skipped = Skipped { payment, code: "store_corrupt", cause: "unreadable".to_owned() };
        let told = tell_skipped(&BTreeSet::new(), &[skipped]);
        assert_eq!(told, BTreeSet::from([payment]));
        assert_eq!(tell_skipped(&told, &[]), BTreeSet::new());
    }
}
