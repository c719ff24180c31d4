//! Log lines: to standard error, written by a thread of their own so that no request waits for a terminal or a pipe.

use std::convert::Infallible;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, channel, sync_channel};
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{LogFormat, LogSettings};

/// Lines that may wait. When the reader of the log stands still, later lines are dropped and counted: serving goes on.
const LINES_MAX: usize = 8_192;

/// Starts logging. Keep the guard until the end: it writes what still waits.
///
/// # Errors
/// When something else logs in this process already.
pub(crate) fn start(settings: &LogSettings) -> anyhow::Result<LogGuard> {
    let (lines, guard) = spawn(io::stderr())?;
    let filter = EnvFilter::try_new(&settings.filter)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines);
    let started = match settings.format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!(error).context("logging cannot start"))?;
    Ok(guard)
}

/// How long the end of the program waits for lines to be written: a reader that stands still must not keep it from ending.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// What the writing thread is told.
enum Message {
    Line(Vec<u8>),
    Stop,
}

/// Where lines go in.
#[derive(Clone)]
struct Lines {
    sender: SyncSender<Message>,
    dropped: Arc<AtomicU64>,
}

/// Stops the writing thread when it is dropped, after all that waits is written, or [`WAIT_MAX`] has passed.
pub(crate) struct LogGuard {
    sender: SyncSender<Message>,
    is_stopping: Arc<AtomicBool>,
    /// Nothing is ever sent: it closes when the writing thread has ended.
    ended: Receiver<Infallible>,
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        // The flag first: when no message fits any more, the thread finds the flag once it has written what waits.
        self.is_stopping.store(true, Ordering::SeqCst);
        self.sender.try_send(Message::Stop).ok();
        // What is not written by then can be told nowhere: this is where it would be told.
        self.ended.recv_timeout(WAIT_MAX).ok();
    }
}

fn spawn(out: impl Write + Send + 'static) -> io::Result<(Lines, LogGuard)> {
    let (sender, receiver) = sync_channel(LINES_MAX);
    let dropped = Arc::new(AtomicU64::new(0));
    let is_stopping = Arc::new(AtomicBool::new(false));
    let (end, ended) = channel();
    let lines = Lines { sender: sender.clone(), dropped: Arc::clone(&dropped) };
    let guard = LogGuard { sender, is_stopping: Arc::clone(&is_stopping), ended };
    let write = move || {
        write_lines(&receiver, &dropped, &is_stopping, BufWriter::new(out));
        drop(end);
    };
    std::thread::Builder::new().name("log".to_owned()).spawn(write)?;
    Ok((lines, guard))
}

/// Writes lines until it is told to stop; flushes whenever none waits, so that a person sees them at once.
///
/// A line that cannot be written is counted as dropped and the next one is tried: a disk that is full now has room later.
fn write_lines(receiver: &Receiver<Message>, dropped: &AtomicU64, is_stopping: &AtomicBool, mut out: impl Write) {
    loop {
        let message = match receiver.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Empty) => {
                // What could not leave stays in the buffer, and is tried again with the next line.
                out.flush().ok();
                if is_stopping.load(Ordering::SeqCst) {
                    Message::Stop
                } else {
                    receiver.recv().unwrap_or(Message::Stop)
                }
            }
            Err(TryRecvError::Disconnected) => Message::Stop,
        };
        let Message::Line(line) = message else {
            out.flush().ok();
            return;
        };
        if out.write_all(&line).is_err() {
            dropped.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0
            && writeln!(out, "{lost} log lines were dropped: whatever takes the log is too slow or failed").is_err()
        {
            dropped.fetch_add(lost, Ordering::Relaxed);
        }
    }
}

impl Write for &Lines {
    /// Takes one whole line: the formatter writes each event at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.sender.try_send(Message::Line(line.to_vec())) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_before_the_guard_is_gone() {
        let out = Shared::default();
        let (lines, guard) = spawn(out.clone()).unwrap();
        (&lines).write_all(b"first\n").unwrap();
        (&lines).write_all(b"second\n").unwrap();
        drop(guard);
        assert_eq!(out.0.lock().unwrap().as_slice(), b"first\nsecond\n");
    }

    #[test]
    fn a_reader_that_stands_still_costs_lines_and_is_told_how_many() {
        let (sender, receiver) = sync_channel(1);
        let lines = Lines { sender, dropped: Arc::default() };
        for line in [b"kept\n", b"lost\n", b"lost\n"] {
            (&lines).write_all(line).unwrap();
        }
        let out = Shared::default();
        let Lines { sender, dropped } = lines;
        drop(sender);
        write_lines(&receiver, &dropped, &AtomicBool::new(false), out.clone());
        let written = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written, "kept\n2 log lines were dropped: whatever takes the log is too slow or failed\n");
    }

    /// Fails for the first line, as a full disk does until somebody makes room.
    #[derive(Default)]
    struct FullAtFirst {
        out: Shared,
        has_failed: bool,
    }

    impl Write for FullAtFirst {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.has_failed, true) {
                self.out.write(bytes)
            } else {
                Err(io::ErrorKind::StorageFull.into())
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_that_cannot_be_written_is_counted_and_the_next_one_is_written() {
        let (sender, receiver) = sync_channel(2);
        let out = Shared::default();
        let (lines, dropped) = (Lines { sender, dropped: Arc::default() }, AtomicU64::new(0));
        for line in [b"lost\n", b"kept\n"] {
            (&lines).write_all(line).unwrap();
        }
        drop(lines);
        let full = FullAtFirst { out: out.clone(), has_failed: false };
        write_lines(&receiver, &dropped, &AtomicBool::new(false), full);
        let written = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written, "kept\n1 log lines were dropped: whatever takes the log is too slow or failed\n");
    }

    #[test]
    fn a_reader_that_stands_still_does_not_keep_the_program_from_ending() {
        let out = Shared::default();
        let held = out.0.lock().unwrap();
        let (lines, guard) = spawn(out.clone()).unwrap();
        for _ in 0..=LINES_MAX {
            (&lines).write_all(b"waits\n").unwrap();
        }
        drop(guard);
        assert!(held.is_empty(), "the guard is gone although nothing could be written");
    }
}
