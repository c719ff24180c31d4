//! How a database is opened.

/// How a database is opened; [`Options::default`] suits a small machine.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Connections that read, at most. Each is made when it is first needed.
    pub readers: usize,
    /// Connections that write, at most. PostgreSQL only: SQLite has one writer.
    pub writers: usize,
    /// Jobs that may wait to be written; the next one is refused, so that a slow disk cannot fill the memory: they hold this number
    /// times the largest payload at most, 512 MiB by default.
    pub queue_max: usize,
    /// Jobs that share a commit, at most: bounds how long the first of them waits for the last.
    pub batch_max: usize,
    /// Whether a PostgreSQL on another machine may be reached without TLS, its password and data readable on the way.
    pub allow_plaintext: bool,
    /// Whether a commit waits for the disk. SQLite only.
    pub synchronous: Synchronous,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            writers: 4,
            queue_max: 2_048,
            batch_max: 256,
            allow_plaintext: false,
            synchronous: Synchronous::Full,
        }
    }
}

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// It does: an acknowledged write survives a power cut.
    #[default]
    Full,
    /// It does not. Only to prove that the durability check can fail.
    Off,
}
