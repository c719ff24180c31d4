//! What becomes of keys is sent on: events to the sender of this node, notices to operators by mail where that is switched on.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::api_keys::{ApiKeys, ExpiryStep, KeyDirectory, KeyExpiries, KeyTold, KeyWatcher};
use devhub_domain::causes::chain;
use devhub_domain::notices::{Notice, Notifier};
use devhub_domain::rate::Rulebook;
use devhub_domain::store::StoreError;
use devhub_domain::usage::{KeySprays, SprayRule};
use devhub_domain::webhooks::Dispatcher;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::config::Settings;
use crate::opened::Opened;

/// The first look after a start, which has more urgent work until then.
const FIRST_LOOK_AFTER: Duration = Duration::from_secs(10);
/// How often there is a look for keys that expire. To the hour is near enough for a day.
const EXPIRY_EVERY: Duration = Duration::from_hours(1);
/// Between two pages of keys, so that requests come first: a million keys take a minute.
const PAGE_PAUSE: Duration = Duration::from_millis(50);
/// Keys of one page that are named when they cannot be read, so that a damaged table does not fill the log.
const NAMED_MAX: usize = 10;
/// How often there is a look for sprays. It reads what is counted of two hours.
const SPRAY_EVERY: Duration = Duration::from_mins(1);
/// Notices that wait for the mail server; those that come on top are lost, their events and the audit log are not.
const NOTICES_MAX: usize = 256;

/// The use cases of keys, and what looks and writes while the hub serves.
pub(crate) struct WatchedKeys {
    /// The use cases: what they change is told.
    pub(crate) use_cases: ApiKeys,
    expiries: KeyExpiries,
    sprays: Option<KeySprays>,
    mail: Option<(Receiver<Notice>, Arc<dyn Notifier>)>,
}

impl WatchedKeys {
    /// Wires it, over the keys and the rules in memory, the sender of this node and the way to operators.
    pub(crate) fn new(
        settings: &Settings,
        opened: &Opened,
        (directory, rulebook): (Arc<KeyDirectory>, Arc<Rulebook>),
        dispatcher: Arc<dyn Dispatcher>,
        notifier: Arc<dyn Notifier>,
    ) -> Self {
        let Opened { database, installed, clock, entropy, .. } = opened;
        let store = Arc::new(database.clone());
        let (notices, mail) = channel(NOTICES_MAX);
        let mail = settings.mails_key_events.then_some((mail, notifier));
        let notices = mail.is_some().then_some(notices);
        let watcher: Arc<dyn KeyWatcher> = Arc::new(Passer { dispatcher, notices });
        let expiries = KeyExpiries::new(store.clone(), clock.clone(), entropy.clone()).with_watcher(watcher.clone());
        let sprays = settings.spray_threshold.map(|threshold| {
            let rule = SprayRule { workspace_id: installed.default_workspace_id, threshold };
            KeySprays::new(store, rule, clock.clone(), entropy.clone()).with_watcher(watcher.clone())
        });
        let use_cases = opened.keys(settings, directory).with_rulebook(rulebook).with_watcher(watcher);
        Self { use_cases, expiries, sprays, mail }
    }

    /// Starts all of it, until it is aborted. What was not mailed then is lost.
    pub(crate) fn start(self) -> Vec<JoinHandle<()>> {
        let mut routines = vec![tokio::spawn(look_for_expiries(self.expiries))];
        routines.extend(self.sprays.map(|sprays| tokio::spawn(look_for_sprays(sprays))));
        routines.extend(self.mail.map(|(notices, notifier)| tokio::spawn(write_to_operators(notices, notifier))));
        routines
    }
}

/// Passes on what it hears, without waiting for anybody.
struct Passer {
    dispatcher: Arc<dyn Dispatcher>,
    notices: Option<Sender<Notice>>,
}

impl KeyWatcher for Passer {
    fn heard(&self, told: &[KeyTold], waits: bool) {
        if waits {
            self.dispatcher.wake();
        }
        let Some(notices) = &self.notices else {
            return;
        };
        for notice in Notice::about_keys(told) {
            let kind = notice.kind();
            if notices.try_send(notice).is_err() {
                tracing::error!(notice = kind, "too many notices at once: the operators are not told of this one");
            }
        }
    }
}

async fn write_to_operators(mut notices: Receiver<Notice>, notifier: Arc<dyn Notifier>) {
    while let Some(notice) = notices.recv().await {
        let (kind, notifier) = (notice.kind(), notifier.clone());
        match tokio::task::spawn_blocking(move || notifier.notify(&notice)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(notice = kind, error = chain(&error), "cannot tell the operators"),
            Err(error) => tracing::error!(notice = kind, %error, "the notifier broke down"),
        }
    }
}

async fn look_for_expiries(expiries: KeyExpiries) {
    let mut looks = looks(EXPIRY_EVERY);
    let mut expiries = Some(expiries);
    loop {
        looks.tick().await;
        while step(&mut expiries, look_at_page).await == Some(true) {
            sleep(PAGE_PAUSE).await;
        }
    }
}

/// Looks at the next page of keys, and names those in the log that cannot be read; whether there may be more.
fn look_at_page(expiries: &mut KeyExpiries) -> Result<bool, StoreError> {
    let ExpiryStep { has_more, unreadable } = expiries.step()?;
    for error in unreadable.iter().take(NAMED_MAX) {
        tracing::error!(error = chain(error), "a key cannot be read: nobody is told when its time is over");
    }
    if unreadable.len() > NAMED_MAX {
        tracing::error!(keys = unreadable.len() - NAMED_MAX, "more keys cannot be read");
    }
    Ok(has_more)
}

async fn look_for_sprays(sprays: KeySprays) {
    let mut looks = looks(SPRAY_EVERY);
    let mut sprays = Some(sprays);
    loop {
        looks.tick().await;
        step(&mut sprays, KeySprays::look).await;
    }
}

fn looks(every: Duration) -> tokio::time::Interval {
    let mut looks = interval_at(Instant::now() + FIRST_LOOK_AFTER, every);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

/// A step where it may block; `None` when it failed: the next look tries again.
async fn step<T, R>(of: &mut Option<T>, step: fn(&mut T) -> Result<R, StoreError>) -> Option<R>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let mut own = of.take()?;
    let stepped = tokio::task::spawn_blocking(move || {
        let outcome = step(&mut own);
        (own, outcome)
    });
    match stepped.await {
        Ok((own, outcome)) => {
            *of = Some(own);
            let failed = |error| tracing::warn!(error = chain(&error), "a look at keys has to wait: the store failed");
            outcome.map_err(failed).ok()
        }
        Err(error) => {
            tracing::error!(%error, "a look at keys broke down: there is no other until the next start");
            None
        }
    }
}
