//! The only place that writes to the terminal or looks at a clock.
//!
//! Progress goes to standard error, where cargo's own goes; standard output is for what a script would read.

use std::io::Write;
use std::time::{Duration, Instant};

/// Writes one line of progress to standard error.
pub(crate) fn say(line: &str) {
    // Nobody is left to tell when the terminal is gone; the work goes on and its exit code still counts.
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// Writes one line that was asked for to standard output.
pub(crate) fn answer(line: &str) {
    let mut out = std::io::stdout().lock();
    // As in `say`; flushed, because a script waits for the line while the command goes on.
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// Prints every violation and fails with their number, or says that there was none.
///
/// # Errors
/// When there is at least one violation.
pub(crate) fn report(what: &str, violations: &[String]) -> anyhow::Result<()> {
    for violation in violations {
        say(violation);
    }
    anyhow::ensure!(violations.is_empty(), "{what}: {} to put right", violations.len());
    say(&format!("{what}: nothing to put right"));
    Ok(())
}

/// How long something takes, for the person who waits for it.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts to count.
    #[expect(clippy::disallowed_methods, reason = "times xtask's own steps; no rule of the product depends on it")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A duration as a person says it: `0.4 s`, `59.9 s`, `2 min 05 s`.
pub(crate) fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        return format!("{seconds}.{} s", duration.subsec_millis() / 100);
    }
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_a_person_says_them() {
        let rows = [(0, "0.0 s"), (449, "0.4 s"), (59_999, "59.9 s"), (60_000, "1 min 00 s"), (125_000, "2 min 05 s")];
        for (millis, expected) in rows {
            assert_eq!(spoken(Duration::from_millis(millis)), expected, "{millis} ms");
        }
    }

    #[test]
    fn a_report_with_a_violation_fails_and_counts() {
        let error = report("deps", &["a".to_owned(), "b".to_owned()]).expect_err("two violations");
        assert_eq!(error.to_string(), "deps: 2 to put right");
    }
}
