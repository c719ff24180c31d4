//! The asking side.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::message::{MESSAGE_BYTES_MAX, Request};
use super::{Action, Reply};
use crate::places::Places;

/// How long a hub may take to answer. A copy of a large database is the slowest answer there is.
const PATIENCE: Duration = Duration::from_mins(10);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The hub is there, but does not answer as it should.
    #[error("the running hub does not answer on its control socket: look at its log, or restart it")]
    Silent(#[source] io::Error),
    /// The hub answers something that this program does not understand.
    #[error("the running hub is of another version than this program: use the same program for both")]
    Foreign(#[source] serde_json::Error),
    /// The hub refuses.
    #[error("{message}")]
    Refused {
        /// What to change.
        message: String,
    },
}

/// Asks the hub that lives here; `None` when there is none.
///
/// # Errors
/// [`ClientError`] when one is there and does not do it, also because it has another database.
pub(crate) fn ask(places: &Places, action: Action) -> Result<Option<Reply>, ClientError> {
    let mut stream = match UnixStream::connect(places.socket()) {
        Ok(stream) => stream,
        // No file, or a file that a hub left behind which was killed.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(ClientError::Silent(error)),
    };
    let request = Request { database: places.database_name.clone(), action };
    let answer = exchange(&mut stream, &request).map_err(ClientError::Silent)?;
    match serde_json::from_str(&answer).map_err(ClientError::Foreign)? {
        Reply::Refused { message, .. } => Err(ClientError::Refused { message }),
        reply => Ok(Some(reply)),
    }
}

fn exchange(stream: &mut UnixStream, request: &Request) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let line = format!("{}\n", serde_json::to_string(request)?);
    stream.write_all(line.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream.take(MESSAGE_BYTES_MAX)).read_line(&mut answer)?;
    if answer.ends_with('\n') { Ok(answer) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
