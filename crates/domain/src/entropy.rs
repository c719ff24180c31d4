//! The port for random bytes.

use ring::rand::{SecureRandom, SystemRandom};

/// Where random bytes come from.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes that nobody can predict.
    ///
    /// # Panics
    /// When the source has none: to go on with predictable bytes would issue keys that can be guessed.
    fn fill(&self, bytes: &mut [u8]);
}

/// `N` fresh random bytes.
pub fn random_bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// The operating system's random source.
#[derive(Debug)]
pub struct SystemEntropy {
    source: SystemRandom,
}

impl SystemEntropy {
    /// The operating system's random source.
    #[expect(clippy::disallowed_methods, reason = "the one place that opens the system's random source")]
    pub fn new() -> Self {
        Self { source: SystemRandom::new() }
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.source.fill(bytes).expect("the operating system provides random bytes once it has booted");
    }
}
