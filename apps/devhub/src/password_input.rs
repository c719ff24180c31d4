//! Where a password comes from: a terminal that does not show it, a file, or standard input.
//!
//! *Threat:* a password on the screen, in the shell's history or in the list of processes.
//! *Defence:* it is no argument; a terminal's echo is off while it is typed, and on again whatever happens but a signal.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use devhub_domain::operators::PASSWORD_CHARS_MAX;
use devhub_domain::secret::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::secret_line::first_line;
use crate::terminal::Terminal;

/// Longer lines are no passwords: what the longest can have, twice, so that one that is too long is told so.
const LINE_BYTES_MAX: usize = 8 * 128;
const _: () = assert!(PASSWORD_CHARS_MAX == 128, "the bound of a line follows from that of a password");

/// The terminal that belongs to this process, wherever standard input comes from.
const TERMINAL: &str = "/dev/tty";

/// Reads a password from a file, from standard input for `-`, or twice from the terminal.
///
/// # Errors
/// When there is none to read, or the two differ.
pub(crate) fn read_password(file: Option<&Path>, terminal: Terminal) -> anyhow::Result<Secret> {
    match file {
        Some(file) if file == Path::new("-") => {
            first_line(io::stdin().lock(), LINE_BYTES_MAX).context("the password cannot be read from standard input")
        }
        Some(file) => File::open(file)
            .and_then(|file| first_line(file, LINE_BYTES_MAX))
            .with_context(|| format!("the password cannot be read from {}", file.display())),
        None => ask_twice(terminal),
    }
}

fn ask_twice(terminal: Terminal) -> anyhow::Result<Secret> {
    let Ok(tty) = File::options().read(true).write(true).open(TERMINAL) else {
        bail!("there is no terminal to ask for the password: use --password-file <file>, or - for standard input");
    };
    let silent = Silent::new(&tty).context("the terminal's echo cannot be switched off")?;
    terminal.remark("Password:")?;
    let password = first_line(&tty, LINE_BYTES_MAX)?;
    terminal.remark("The same password again:")?;
    let again = first_line(&tty, LINE_BYTES_MAX)?;
    drop(silent);
    if password == again { Ok(password) } else { bail!("the two passwords differ: nothing was changed") }
}

/// A terminal that does not show what is typed until this is dropped.
struct Silent<'a> {
    tty: &'a File,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn new(tty: &'a File) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        // The end of the line is shown, so that the next remark begins a line of its own.
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(tty, OptionalActions::Flush, &silent)?;
        Ok(Self { tty, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // Nothing is left to do when the terminal is gone.
        tcsetattr(self.tty, OptionalActions::Flush, &self.before).ok();
    }
}
