//! What was published and what has come.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Events that one load can have at most.
pub(crate) const EVENTS_MAX: usize = 1_000_000;

/// Counts of this process. Microseconds on its own clock.
pub(crate) struct Tally {
    started: Instant,
    receipts: AtomicUsize,
    first_us: AtomicU64,
    last_us: AtomicU64,
    /// By sequence: how often it came.
    came: Box<[AtomicU8]>,
    /// By sequence: time from sending to the first receipt.
    latency_us: Box<[AtomicU32]>,
    /// By sequence: whether it was accepted.
    accepted: Box<[AtomicU8]>,
    /// How often each must come.
    per_event: AtomicU8,
    /// The bytes of the latest request, for the raw loop.
    latest: Mutex<Vec<u8>>,
}

impl Tally {
    #[expect(clippy::disallowed_methods, reason = "it measures")]
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            receipts: AtomicUsize::new(0),
            first_us: AtomicU64::new(0),
            last_us: AtomicU64::new(0),
            came: std::iter::repeat_with(AtomicU8::default).take(EVENTS_MAX).collect(),
            latency_us: std::iter::repeat_with(AtomicU32::default).take(EVENTS_MAX).collect(),
            accepted: std::iter::repeat_with(AtomicU8::default).take(EVENTS_MAX).collect(),
            per_event: AtomicU8::new(1),
            latest: Mutex::default(),
        }
    }

    /// Microseconds since the start.
    pub(crate) fn now_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Forgets what was counted.
    pub(crate) fn reset(&self, per_event: u8) {
        self.receipts.store(0, Ordering::SeqCst);
        self.first_us.store(0, Ordering::SeqCst);
        self.per_event.store(per_event, Ordering::SeqCst);
        for flags in [&self.came, &self.accepted] {
            flags.iter().for_each(|flag| flag.store(0, Ordering::Relaxed));
        }
    }

    /// Counts a receipt; `stamp` is the sequence of its event, and when that was sent.
    pub(crate) fn receive(&self, stamp: Option<(usize, u64)>, request: impl FnOnce() -> Vec<u8>) {
        let now = self.now_us();
        if self.receipts.fetch_add(1, Ordering::Relaxed) == 0 {
            self.first_us.store(now, Ordering::Relaxed);
            *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = request();
        }
        self.last_us.store(now, Ordering::Relaxed);
        let Some((sequence, sent_us)) = stamp else { return };
        let (Some(came), Some(latency)) = (self.came.get(sequence), self.latency_us.get(sequence)) else { return };
        if came.fetch_add(1, Ordering::Relaxed) == 0 {
            latency.store(u32::try_from(now.saturating_sub(sent_us)).unwrap_or(u32::MAX), Ordering::Relaxed);
        }
    }

    /// Marks an event as accepted.
    pub(crate) fn accept(&self, sequence: usize) {
        if let Some(accepted) = self.accepted.get(sequence) {
            accepted.store(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn receipts(&self) -> usize {
        self.receipts.load(Ordering::Relaxed)
    }

    /// Seconds from the first receipt to the latest.
    pub(crate) fn receiving_s(&self) -> f64 {
        let micros = self.last_us.load(Ordering::Relaxed).saturating_sub(self.first_us.load(Ordering::Relaxed));
        std::time::Duration::from_micros(micros).as_secs_f64()
    }

    /// When the latest receipt came.
    pub(crate) fn last_us(&self) -> u64 {
        self.last_us.load(Ordering::Relaxed)
    }

    /// The bytes of the first request since the reset, or of the one before where none came.
    pub(crate) fn latest(&self) -> Vec<u8> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many were accepted.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.iter().filter(|flag| flag.load(Ordering::Relaxed) == 1).count()
    }

    /// How many accepted events have not come as often as they must, and whether the latest is among them.
    pub(crate) fn missing(&self) -> (usize, bool) {
        let per_event = self.per_event.load(Ordering::Relaxed);
        let accepted = self.accepted.iter().zip(&*self.came).filter(|(flag, _)| flag.load(Ordering::Relaxed) == 1);
        accepted.fold((0, false), |(missing, _), (_, came)| {
            let is_missing = came.load(Ordering::Relaxed) < per_event;
            (missing + usize::from(is_missing), is_missing)
        })
    }

    /// How many came more often than they must.
    pub(crate) fn duplicates(&self) -> usize {
        let per_event = self.per_event.load(Ordering::Relaxed);
        self.came.iter().filter(|came| came.load(Ordering::Relaxed) > per_event).count()
    }

    /// Times from sending to receipt, in ascending order.
    pub(crate) fn latencies_us(&self) -> Vec<u32> {
        let came = self.came.iter().zip(&*self.latency_us).filter(|(came, _)| came.load(Ordering::Relaxed) > 0);
        let mut latencies: Vec<u32> = came.map(|(_, latency)| latency.load(Ordering::Relaxed)).collect();
        latencies.sort_unstable();
        latencies
    }
}
