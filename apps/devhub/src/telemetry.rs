//! Log lines: to standard error, written by a thread of their own so that no request waits for a terminal or a pipe.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;

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

/// Stops the writing thread when it is dropped, after all that waits is written.
pub(crate) struct LogGuard {
    sender: SyncSender<Message>,
    writer: Option<JoinHandle<io::Result<()>>>,
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        // Neither a writer that has ended already nor its failure can be told anywhere: this is where it would be told.
        self.sender.send(Message::Stop).ok();
        self.writer.take().and_then(|writer| writer.join().ok());
    }
}

fn spawn(out: impl Write + Send + 'static) -> io::Result<(Lines, LogGuard)> {
    let (sender, receiver) = sync_channel(LINES_MAX);
    let dropped = Arc::new(AtomicU64::new(0));
    let lines = Lines { sender: sender.clone(), dropped: Arc::clone(&dropped) };
    let write = move || write_lines(&receiver, &dropped, BufWriter::new(out));
    let writer = std::thread::Builder::new().name("log".to_owned()).spawn(write)?;
    Ok((lines, LogGuard { sender, writer: Some(writer) }))
}

/// Writes lines until it is told to stop; flushes whenever none waits, so that a person sees them at once.
fn write_lines(receiver: &Receiver<Message>, dropped: &AtomicU64, mut out: impl Write) -> io::Result<()> {
    loop {
        let message = match receiver.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Empty) => {
                out.flush()?;
                receiver.recv().unwrap_or(Message::Stop)
            }
            Err(TryRecvError::Disconnected) => Message::Stop,
        };
        match message {
            Message::Line(line) => out.write_all(&line)?,
            Message::Stop => return out.flush(),
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            writeln!(out, "{lost} log lines were dropped: whatever reads the log is too slow")?;
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
        write_lines(&receiver, &dropped, out.clone()).unwrap();
        let written = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written, "kept\n2 log lines were dropped: whatever reads the log is too slow\n");
    }
}
