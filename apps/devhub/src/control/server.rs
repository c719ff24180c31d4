//! The answering side.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::message::{MESSAGE_BYTES_MAX, Request};
use super::{Desk, Reply, SOCKET_NAME};
use crate::database_name::DatabaseName;
use crate::state_folder::StateFolder;

/// Connections served at once: people type one command at a time, scripts a few.
const CONNECTIONS_MAX: usize = 8;
/// How long a connection may take to say what it wants, and again to read the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest path of a Unix socket that every system takes (`sun_path` less its closing zero).
const PATH_BYTES_MAX: usize = 103;

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// The path does not fit.
    #[error(
        "the path of the control socket {} has more than {PATH_BYTES_MAX} bytes: set server.state_folder to a shorter one",
        path.display()
    )]
    PathTooLong {
        /// The path.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("the control socket {} cannot be made", path.display())]
    Socket {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What requests are answered with.
struct Answering {
    database: DatabaseName,
    desk: Desk,
}

/// An open control socket.
#[derive(Debug)]
pub(crate) struct Control {
    path: PathBuf,
    loop_: JoinHandle<()>,
    /// Given back last: until then nobody else may put a socket in its place.
    folder: StateFolder,
}

impl Control {
    /// Opens the socket in `folder` and serves it for one database. What an earlier run left there is replaced.
    ///
    /// # Errors
    /// [`ControlError`].
    pub(crate) fn open(folder: StateFolder, database: DatabaseName, desk: Desk) -> Result<Self, ControlError> {
        let path = folder.path.join(SOCKET_NAME);
        if path.as_os_str().len() > PATH_BYTES_MAX {
            return Err(ControlError::PathTooLong { path });
        }
        match bind_private(&path) {
            Ok(listener) => {
                let loop_ = tokio::spawn(serve(listener, Arc::new(Answering { database, desk })));
                Ok(Self { path, loop_, folder })
            }
            Err(source) => Err(ControlError::Socket { path, source }),
        }
    }

    /// Takes no more requests and removes the socket.
    pub(crate) fn close(self) {
        self.loop_.abort();
        // Whoever finds it later finds nobody behind it, which a client takes for no hub.
        std::fs::remove_file(&self.path).ok();
        drop(self.folder);
    }
}

/// A listener whose socket has its name only once no other user may open it.
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    let unnamed = path.with_extension("new");
    for old in [&unnamed, path] {
        match std::fs::remove_file(old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    let listener = UnixListener::bind(&unnamed)?;
    std::fs::set_permissions(&unnamed, Permissions::from_mode(0o600))?;
    std::fs::rename(&unnamed, path)?;
    Ok(listener)
}

async fn serve(listener: UnixListener, answering: Arc<Answering>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let answering = Arc::clone(&answering);
                tokio::spawn(async move {
                    if let Err(error) = answer(stream, answering).await {
                        tracing::debug!(%error, "a control connection ended early");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket cannot accept");
                // Out of descriptors, most likely: without a pause the loop would only burn the processor.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn answer(mut stream: UnixStream, answering: Arc<Answering>) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(MESSAGE_BYTES_MAX));
    tokio::time::timeout(PATIENCE, reader.read_line(&mut line)).await??;
    let desk = answering.desk.clone();
    let reply = tokio::task::spawn_blocking(move || reply(&answering, &line)).await?;
    let line = format!("{}\n", serde_json::to_string(&reply)?);
    let written = tokio::time::timeout(PATIENCE, writer.write_all(line.as_bytes())).await;
    if !matches!(written, Ok(Ok(()))) {
        // Nobody will come for it.
        tokio::task::spawn_blocking(move || desk.take_back(&reply)).await?;
    }
    written?
}

/// Carries out what a line asks for, unless it is meant for another hub. Blocks the thread.
fn reply(answering: &Answering, line: &str) -> Reply {
    let Answering { database, desk } = answering;
    match serde_json::from_str::<Request>(line) {
        Ok(request) if request.database == *database => desk.carry_out(request.action),
        Ok(request) => Reply::Refused {
            code: "database_other".to_owned(),
            message: format!(
                "the running hub keeps {database}, but this command is configured for {}: give it the hub's database, or set \
                 server.state_folder to the folder of the hub that is meant",
                request.database
            ),
        },
        Err(error) => Reply::Refused {
            code: "action_unknown".to_owned(),
            message: format!("the running hub does not know this action ({error}): use the same program for both"),
        },
    }
}
