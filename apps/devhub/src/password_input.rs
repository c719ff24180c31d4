//! Where a password comes from: a terminal that does not show it, a file, or standard input.
//!
//! *Threat:* a password on the screen, in the shell's history or in the list of processes.
//! *Defence:* it is no argument; a terminal's echo is off while it is typed, and on again whatever happens but a signal.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, bail};
use devhub_domain::operators::PASSWORD_CHARS_MAX;
use devhub_domain::secret::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::terminal::Terminal;

/// Longer lines are no passwords: what the longest can have, twice, so that one that is too long is told so.
const LINE_BYTES_MAX: u64 = 8 * 128;
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
            first_line(io::stdin().lock()).context("the password cannot be read from standard input")
        }
        Some(file) => File::open(file)
            .and_then(first_line)
            .with_context(|| format!("the password cannot be read from {}", file.display())),
        None => ask_twice(terminal),
    }
}

fn first_line(input: impl Read) -> io::Result<Secret> {
    // Of full size from the start: a buffer that grows leaves copies behind.
    let mut line = Zeroizing::new(String::with_capacity(8 * PASSWORD_CHARS_MAX));
    BufReader::new(input.take(LINE_BYTES_MAX)).read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

fn ask_twice(terminal: Terminal) -> anyhow::Result<Secret> {
    let Ok(tty) = File::options().read(true).write(true).open(TERMINAL) else {
        bail!("there is no terminal to ask for the password: use --password-file <file>, or - for standard input");
    };
    let silent = Silent::new(&tty).context("the terminal's echo cannot be switched off")?;
    terminal.remark("Password:")?;
    let password = first_line(&tty)?;
    terminal.remark("The same password again:")?;
    let again = first_line(&tty)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_as_it_stands() {
        let read = |text: &str| first_line(text.as_bytes()).unwrap().expose().to_owned();
        assert_eq!(read(" spaces at both ends \r\nanother line\n"), " spaces at both ends ");
        assert_eq!(read("no end of line"), "no end of line");
        assert_eq!(read(""), "");
    }

    #[test]
    fn a_line_without_end_is_not_read_for_ever() {
        let read = first_line(io::repeat(b'x')).unwrap();
        assert_eq!(read.expose().len(), 1_024);
    }
}
