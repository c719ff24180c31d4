//! What is logged while a test runs, for tests that read it.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Keeps every event of its thread as text.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn start() -> (Self, DefaultGuard) {
        stay_one_of_several();
        let log = Self::default();
        let guard = tracing::subscriber::set_default(log.clone());
        (log, guard)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("devhub")
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{}", event.metadata().level()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

/// Wants nothing.
struct Deaf;

/// Has no log be the only one of the process.
///
/// Whether anybody wants a line is asked when it is reached for the first time, and not again until another log starts. While there is
/// one log alone, it is not that one which is asked but whatever the thread has that gets there first: a thread without a log says
/// that nobody wants the line, for all threads. Where there are several, each is asked. The one that stays hears nothing, so that no
/// line is reached before there is another. *Source:* tracing-core 0.1.36, `callsite.rs`; its issue 3611.
fn stay_one_of_several() {
    static DEAF: OnceLock<Dispatch> = OnceLock::new();
    DEAF.get_or_init(|| Dispatch::new(Deaf));
}

impl Subscriber for Deaf {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        false
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::OFF)
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, _event: &Event<'_>) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[test]
fn a_line_is_kept_also_when_a_thread_without_a_log_reaches_it_first() {
    fn reach() {
        tracing::info!(target: "devhub", "reached");
    }
    let (log, _guard) = Log::start();
    std::thread::spawn(reach).join().unwrap();
    reach();
    assert_eq!(log.lines(), ["INFO message=reached"]);
}
