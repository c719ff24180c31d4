//! Rate limits measured: whether a crowd gets more than its quota, what a spray of tokens takes of memory, and the time of a decision.
//!
//! Prints one JSON object a line, `{"name", "value", "unit"}`; `cargo xtask bench limits` adds the aims. `--quick` measures with fewer
//! operations.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement stops when it cannot measure, and prints")]

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use devhub_domain::api_keys::{
    ApiKeyTx, Authenticator, Credentials, KeyDirectory, Pepper, ScopeSet, TokenHasher, TokenPrefix, Trust,
};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::rate::{Policy, Quota, RateLimits, RateRequest, RateRules};
use devhub_domain::store::UnitOfWork;
use devhub_domain::testing::{MemoryStore, SeededEntropy};
use devhub_domain::time::{Clock, SystemClock};
use devhub_domain::usage::{KeyUsage, UsageTx};
use devhub_limiter::{AddressGuard, Buckets};

/// Threads that ask for one key at once.
const CROWD: u32 = 8;
/// Keys of which each decision takes the next one.
const KEYS: u32 = 1_000;
/// Decisions between two looks at the clock.
const BATCH: u32 = 200;
/// Tokens that each address tries.
const TRIES: u32 = 10;

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    report("limits.over_admitted", over_admitted(Duration::from_secs(if is_quick { 1 } else { 5 })), "requests");
    report("limits.decide_ns", decide_ns(if is_quick { 400_000 } else { 8_000_000 }), "ns");
    report("limits.spray_rss_mib", spray_rss_mib(if is_quick { 100_000 } else { 1_000_000 }), "MiB");
}

fn limits(quota: Quota, clock: &Arc<SystemClock>) -> RateLimits {
    let rules = RateRules { default: Policy::default_per_key(quota), ..RateRules::default() };
    let guard = AddressGuard::new(&rules.failed_authentications, clock.clone());
    RateLimits::new(rules, Arc::new(Buckets::new()), Arc::new(guard), clock.clone())
}

fn request(number: u32) -> RateRequest<'static> {
    RateRequest {
        key_id: KeyId::from_bytes(u128::from(number).to_be_bytes()),
        workspace_id: WorkspaceId::from_bytes([1; 16]),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        route: None,
        cost: 1,
    }
}

/// Requests beyond burst and refill that a crowd was let have with one key: a request a millisecond, and a burst of a thousand.
fn over_admitted(lasting: Duration) -> f64 {
    let burst = NonZeroU32::new(1_000).unwrap();
    let quota = Quota::per_minute(NonZeroU32::new(60_000).unwrap()).with_burst(burst).unwrap();
    let clock = Arc::new(SystemClock::new());
    let limits = limits(quota, &clock);
    let started = clock.elapsed();
    let asked = || {
        let mut admitted = 0_u64;
        while clock.elapsed().saturating_sub(started) < lasting {
            admitted += u64::from(limits.decide(&request(1)).is_admitted());
        }
        admitted
    };
    let admitted: u64 = thread::scope(|scope| {
        let crowd: Vec<_> = (0..CROWD).map(|_| scope.spawn(asked)).collect();
        crowd.into_iter().map(|asking| asking.join().unwrap()).sum()
    });
    let refilled = u64::try_from(clock.elapsed().saturating_sub(started).as_millis()).unwrap();
    let beyond = admitted.saturating_sub(u64::from(burst.get()) + refilled);
    f64::from(u32::try_from(beyond).unwrap())
}

/// Mean time of a decision by the default, its clock's reading included.
fn decide_ns(operations: u32) -> f64 {
    let clock = Arc::new(SystemClock::new());
    let limits = limits(Quota::per_minute(NonZeroU32::new(10_000_000).unwrap()), &clock);
    let requests: Vec<_> = (1..=KEYS).map(request).collect();
    let mut requests = requests.iter().cycle();
    let (batches, mut elapsed) = (operations / BATCH, Duration::ZERO);
    // The first tenth only warms up.
    for number in 0..batches + batches / 10 {
        let started = clock.elapsed();
        for request in requests.by_ref().take(usize::try_from(BATCH).unwrap()) {
            assert!(limits.decide(std::hint::black_box(request)).is_admitted());
        }
        if number >= batches / 10 {
            elapsed += clock.elapsed().saturating_sub(started);
        }
    }
    elapsed.as_secs_f64() * 1e9 / f64::from(operations)
}

/// What the process has grown by after ten times as many tokens as addresses were tried, none of them known: all that a hub does with
/// such a request and keeps of it. What was counted is never written, which would free it.
fn spray_rss_mib(addresses: u32) -> f64 {
    let clock = Arc::new(SystemClock::new());
    let directory = Arc::new(KeyDirectory::new());
    directory.set_trust(Trust::Whole);
    let keys: Arc<dyn UnitOfWork<dyn ApiKeyTx>> = Arc::new(MemoryStore::default());
    let counts: Arc<dyn UnitOfWork<dyn UsageTx>> = Arc::new(MemoryStore::default());
    let hasher = TokenHasher::new(Pepper::generate(&SeededEntropy::new(1)));
    let authenticator = Authenticator::new(keys, directory, hasher, TokenPrefix::default(), clock.clone());
    let limits = limits(Quota::per_minute(NonZeroU32::new(600).unwrap()), &clock);
    let usage = KeyUsage::new(counts, clock);
    let mut token = String::with_capacity(64);
    let before = resident_mib();
    for number in 0..addresses * TRIES {
        // In rounds, so that each address comes back after all others; no two next to each other.
        let address = IpAddr::V4(Ipv4Addr::from_bits((number % addresses).wrapping_mul(0x9e37_79b1)));
        token.clear();
        let secret = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        write!(token, "op_{number:08x}.{secret:032x}{number:016x}").unwrap();
        let credentials = Credentials { token: &token, address, required: ScopeSet::DEFAULT };
        let refusal = authenticator.authenticate(&credentials).unwrap().unwrap_err();
        usage.count_unknown(address, refusal.denial);
        std::hint::black_box(limits.record_failure(address));
    }
    resident_mib() - before
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: u32 = line.trim().trim_end_matches(" kB").parse().unwrap();
    f64::from(kib) / 1024.0
}

fn report(name: &str, value: f64, unit: &str) {
    println!(r#"{{"name":"{name}","value":{value:.3},"unit":"{unit}"}}"#);
}
