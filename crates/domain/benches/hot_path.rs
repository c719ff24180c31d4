//! The hot path measured: authentication with one hot key, at random over many, and the memory that a key takes.
//!
//! Prints one JSON object a line, `{"name", "value", "unit"}`; `cargo xtask bench domain` adds the aims. `--quick` measures with
//! fewer operations.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement stops when it cannot measure, and prints")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::api_keys::{
    ApiKey, ApiKeyTx, Authenticator, Credentials, KeyDigest, KeyDirectory, ScopeSet, Token, TokenHasher, TokenPrefix,
    Trust,
};
use devhub_domain::id::KeyId;
use devhub_domain::store::UnitOfWork;
use devhub_domain::testing::{MemoryStore, SeededEntropy, api_key};
use devhub_domain::time::{Clock, SystemClock};

const TOKEN_BYTES: usize = 60;
/// Tokens copied aside at once: they stay in the first-level cache.
const BATCH: usize = 200;
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

struct Bench {
    clock: Arc<SystemClock>,
    hasher: TokenHasher,
    directory: Arc<KeyDirectory>,
    authenticator: Authenticator,
    tokens: Vec<[u8; TOKEN_BYTES]>,
    operations: u64,
}

fn main() {
    let operations = if std::env::args().any(|argument| argument == "--quick") { 400_000 } else { 4_000_000 };
    let mut bench = Bench::new(operations);
    bench.grow_to(1_000);
    report("domain.hot_us", bench.nanoseconds(|_, _| 0) / 1_000.0, "us");
    bench.grow_to(100_000);
    let at_100k = bench.nanoseconds(random_position);
    report("domain.random_100k_us", at_100k / 1_000.0, "us");
    let bytes = bench.grow_to(1_000_000);
    let at_1m = bench.nanoseconds(random_position);
    report("domain.random_1m_us", at_1m / 1_000.0, "us");
    report("domain.random_1m_over_100k", at_1m / at_100k, "ratio");
    report("domain.bytes_per_key", bytes, "bytes");
}

impl Bench {
    fn new(operations: u64) -> Self {
        let clock = Arc::new(SystemClock::new());
        let directory = Arc::new(KeyDirectory::new());
        directory.set_trust(Trust::Whole);
        let entropy = SeededEntropy::new(1);
        let hasher = TokenHasher::new(devhub_domain::api_keys::Pepper::generate(&entropy));
        let store: Arc<dyn UnitOfWork<dyn ApiKeyTx>> = Arc::new(MemoryStore::default());
        let prefix = TokenPrefix::default();
        let authenticator = Authenticator::new(store, directory.clone(), hasher.clone(), prefix, clock.clone());
        Self { clock, hasher, directory, authenticator, tokens: Vec::with_capacity(1_000_000), operations }
    }

    /// Adds keys until there are `count`; returns the resident bytes that each of the added ones took.
    fn grow_to(&mut self, count: usize) -> f64 {
        let entropy = SeededEntropy::new(u64::try_from(count).unwrap());
        let added = count - self.tokens.len();
        let first = self.tokens.len();
        for _ in 0..added {
            let token = Token::generate(&TokenPrefix::default(), &entropy);
            self.tokens.push(token.secret().expose().as_bytes().try_into().unwrap());
        }
        let digests: Vec<KeyDigest> =
            self.tokens.iter().skip(first).map(|token| self.hasher.digest(text(token))).collect();
        let before = resident_bytes();
        for (number, digest) in (first..).zip(digests) {
            let id = KeyId::from_bytes(u128::try_from(number).unwrap().to_be_bytes());
            self.directory.put(&ApiKey { id, digest, ..api_key(1) });
        }
        let grown = resident_bytes() - before;
        grown / f64::from(u32::try_from(added).unwrap())
    }

    /// Mean time of one authentication.
    ///
    /// Tokens are copied aside batch by batch, outside the time: a real token comes out of the request that was just read.
    fn nanoseconds(&self, position: impl Fn(u64, usize) -> usize) -> f64 {
        let mut batch = [[0; TOKEN_BYTES]; BATCH];
        let mut elapsed = Duration::ZERO;
        let batches = self.operations / u64::try_from(BATCH).unwrap();
        // The first tenth only warms up.
        for number in 0..batches + batches / 10 {
            for (operation, slot) in (number * u64::try_from(BATCH).unwrap()..).zip(&mut batch) {
                *slot = *self.tokens.get(position(operation, self.tokens.len())).unwrap();
            }
            let started = self.clock.elapsed();
            for token in &batch {
                let request = Credentials { token: text(token), address: ADDRESS, required: ScopeSet::DEFAULT };
                let accepted = self.authenticator.authenticate(std::hint::black_box(&request)).unwrap();
                assert!(std::hint::black_box(accepted).is_ok());
            }
            if number >= batches / 10 {
                elapsed += self.clock.elapsed().saturating_sub(started);
            }
        }
        per_operation(elapsed, self.operations)
    }
}

fn per_operation(elapsed: Duration, operations: u64) -> f64 {
    elapsed.as_secs_f64() * 1e9 / f64::from(u32::try_from(operations).unwrap())
}

/// A position that follows no order: a multiplicative hash of the operation's number.
fn random_position(operation: u64, count: usize) -> usize {
    let count = u64::try_from(count).unwrap();
    let mixed = operation.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    usize::try_from(mixed % count).unwrap()
}

fn text(token: &[u8; TOKEN_BYTES]) -> &str {
    std::str::from_utf8(token).unwrap()
}

fn resident_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: u32 = line.trim().trim_end_matches(" kB").parse().unwrap();
    f64::from(kib) * 1024.0
}

fn report(name: &str, value: f64, unit: &str) {
    println!(r#"{{"name":"{name}","value":{value:.3},"unit":"{unit}"}}"#);
}
