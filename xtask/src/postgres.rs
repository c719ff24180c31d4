//! A PostgreSQL cluster that exists only as long as its owner.
//!
//! **Threat**: a test run that is interrupted, killed or crashes and leaves a server and a folder behind. Signals
//! cannot be caught without `unsafe` or another crate, so nothing here relies on catching one. **Defence**: a small
//! shell, the *keeper*, is the server's parent, in a process group of its own that Ctrl-C does not reach. Its standard
//! input is a pipe whose other end only we hold: when we leave, however we leave, the keeper reads its end, stops the
//! server and deletes the folder. [`Drop`] takes the same way and waits for it. **Not defended**: the keeper itself
//! killed with us. Then the next start deletes the folder (its lock has no holder), and a postmaster whose folder is
//! gone leaves by itself within a minute.
//!
//! Every local user may log in (`trust`), but only through loopback: nothing worth keeping is ever in it.

use std::fs::{self, File, TryLockError};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::Context as _;

use crate::process;

const FOLDER_PREFIX: &str = "devhub-postgres-";
const LOCK: &str = "owner.lock";

/// A slow disk takes a few seconds; a minute means that it never comes.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// The free port found a moment ago may be taken by the time the server binds it.
const START_ATTEMPTS_MAX: u32 = 3;

/// Where distributions that keep several versions side by side put them.
const VERSIONED_INSTALLATIONS: &str = "/usr/lib/postgresql";

/// What PostgreSQL writes to its log, in the C locale, when clients may connect.
const READY: &str = "database system is ready to accept connections";

/// Arguments: folder with the programs, folder of the cluster, port, further settings. Immediate shutdown, because the data are thrown
/// away and because it cannot wait for anybody.
const KEEPER: &str = r#"
exec 3<&0
"$1/postgres" -D "$2/data" -h 127.0.0.1 -p "$3" -k "$2" -c max_connections=100 $4 </dev/null 3<&- &
server=$!
( cat <&3 >/dev/null; kill -QUIT "$server" ) 2>/dev/null &
watcher=$!
wait "$server"
kill "$watcher" 2>/dev/null
cd / && rm -rf "$2"
"#;

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disk {
    /// As in production: for measures.
    Waited,
    /// For tests, which make a database each, of some hundred files: 120 ms instead of 880, where it was measured. What is lost is what
    /// was not on disk when a machine stops.
    Unwaited,
}

impl Disk {
    const fn settings(self) -> &'static str {
        match self {
            Self::Waited => "",
            Self::Unwaited => "-c fsync=off -c full_page_writes=off",
        }
    }
}

/// A running cluster in a temporary folder; dropping it stops the server and deletes the folder.
pub(crate) struct ThrowawayPostgres {
    keeper: Child,
    port: u16,
    /// Held for as long as the folder is ours; see [`remove_abandoned`].
    _lock: File,
}

impl ThrowawayPostgres {
    /// Starts a cluster on a free port of 127.0.0.1 and waits until it takes connections.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start (the message carries its log).
    pub(crate) fn start(disk: Disk) -> anyhow::Result<Self> {
        let programs = find_programs().context(
            "PostgreSQL is not installed (no initdb on PATH): run `cargo xtask test`, which installs it, \
             or `apt-get install postgresql`",
        )?;
        remove_abandoned(&std::env::temp_dir());
        let mut attempt = 1;
        loop {
            match Self::start_once(&programs, disk) {
                Err(_) if attempt < START_ATTEMPTS_MAX => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// Where to connect; the database `postgres`, in which tests create their own databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn start_once(programs: &Path, disk: Disk) -> anyhow::Result<Self> {
        let (folder, lock) = create_folder(&std::env::temp_dir())?;
        let started = Self::start_in(&folder, lock, programs, disk);
        if started.is_err() {
            // Best effort: the error to report is the one that stopped the start.
            drop(fs::remove_dir_all(&folder));
        }
        started
    }

    fn start_in(folder: &Path, lock: File, programs: &Path, disk: Disk) -> anyhow::Result<Self> {
        let account = Account::for_server()?;
        let account = account.as_ref();
        if let Some(account) = account {
            let owner = format!("{}:{}", account.user, account.group);
            process::run(process::program("chown", &["-R", &owner]).arg(folder))?;
        }
        let mut initdb = server_command(&programs.join("initdb"), folder, account);
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
        process::text(initdb.arg(folder.join("data"))).with_context(|| {
            format!("cannot make a cluster; every user must be able to enter {}", std::env::temp_dir().display())
        })?;

        let port = free_port()?;
        let mut keeper = server_command(Path::new("sh"), folder, account);
        keeper.args(["-c", KEEPER, "keeper"]).arg(programs).arg(folder).arg(port.to_string()).arg(disk.settings());
        keeper.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut server = Self { keeper: keeper.spawn().context("cannot start a shell")?, port, _lock: lock };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let log = self.keeper.stderr.take().context("the log of PostgreSQL was taken before")?;
        let (sender, lines) = mpsc::channel();
        // Lives as long as the server: a pipe that nobody empties would stop it once it is full.
        std::thread::spawn(move || {
            // Bytes, not text: a logged statement need not be UTF-8, and must not end the loop.
            for line in BufReader::new(log).split(b'\n').map_while(Result::ok) {
                // Nobody listens any more once the server is ready; the line is then of no interest.
                drop(sender.send(String::from_utf8_lossy(&line).into_owned()));
            }
        });
        let mut seen = Vec::new();
        loop {
            match lines.recv_timeout(START_TIMEOUT) {
                Ok(line) if line.contains(READY) => return Ok(()),
                Ok(line) => seen.push(line),
                Err(RecvTimeoutError::Disconnected) => anyhow::bail!("PostgreSQL gave up:\n{}", seen.join("\n")),
                Err(RecvTimeoutError::Timeout) => anyhow::bail!("PostgreSQL takes too long:\n{}", seen.join("\n")),
            }
        }
    }
}

impl Drop for ThrowawayPostgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // If the wait fails the keeper is already gone, and there is nothing else to stop.
        drop(self.keeper.wait());
    }
}

/// Another user to run the server as: PostgreSQL refuses to run as root.
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// None when we are not root and may run it ourselves.
    fn for_server() -> anyhow::Result<Option<Self>> {
        if id(&["-u"])? != 0 {
            return Ok(None);
        }
        let name = ["postgres", "nobody"].into_iter().find(|name| id(&["-u", name]).is_ok());
        let name =
            name.context("neither the user postgres nor nobody exists, and PostgreSQL refuses to run as root")?;
        Ok(Some(Self { user: id(&["-u", name])?, group: id(&["-g", name])? }))
    }
}

fn id(arguments: &[&str]) -> anyhow::Result<u32> {
    let answer = process::text(&mut process::program("id", arguments))?;
    answer.trim().parse().with_context(|| format!("`id` answered {answer:?}"))
}

fn server_command(program: &Path, folder: &Path, account: Option<&Account>) -> Command {
    let mut command = Command::new(program);
    // The other user may not enter our working folder, and must not look for files in our home.
    command.current_dir(folder).env("HOME", folder).env("LC_ALL", "C");
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
    command
}

/// The folder with `initdb` and `postgres`: the newest version installed side by side, else that on PATH.
pub(crate) fn find_programs() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONED_INSTALLATIONS).ok().into_iter().flatten().filter_map(Result::ok);
    let found = versions.filter(|entry| entry.path().join("bin/initdb").is_file());
    let newest = found.max_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
    if let Some(entry) = newest {
        return Some(entry.path().join("bin"));
    }
    let initdb = process::text(&mut process::program("sh", &["-c", "command -v initdb"])).ok()?;
    let real = fs::canonicalize(initdb.trim()).ok()?;
    real.parent().map(Path::to_path_buf)
}

/// A port that was free a moment ago. PostgreSQL cannot be told to choose one itself.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

/// Makes a folder that nobody had before, with our lock in it.
fn create_folder(parent: &Path) -> anyhow::Result<(PathBuf, File)> {
    let mut number = 0_u32;
    let folder = loop {
        let folder = parent.join(format!("{FOLDER_PREFIX}{}-{number}", std::process::id()));
        match fs::create_dir(&folder) {
            Ok(()) => break folder,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error).with_context(|| format!("cannot create {}", folder.display())),
        }
    };
    // Locked before it gets its name, so that another start never sees our lock without a holder.
    let unnamed = folder.join("owner.new");
    let lock = File::create_new(&unnamed)?;
    lock.lock()?;
    fs::rename(&unnamed, folder.join(LOCK))?;
    Ok((folder, lock))
}

/// Deletes the folders whose owner is gone without their keeper having done it.
fn remove_abandoned(parent: &Path) {
    let entries = fs::read_dir(parent).ok().into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(FOLDER_PREFIX)) {
        let Ok(lock) = File::open(entry.path().join(LOCK)) else { continue };
        match lock.try_lock() {
            // Best effort: it may be another user's, who then deletes it.
            Ok(()) => drop(fs::remove_dir_all(entry.path())),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::Scratch;

    #[test]
    fn a_folder_with_a_living_owner_stays_and_an_abandoned_one_goes() {
        let scratch = Scratch::new("postgres-folders");
        let (kept, lock) = create_folder(scratch.path()).unwrap();
        let (abandoned, dropped) = create_folder(scratch.path()).unwrap();
        drop(dropped);
        remove_abandoned(scratch.path());
        assert!(kept.is_dir());
        assert!(!abandoned.exists());
        drop(lock);
    }

    #[test]
    fn two_folders_of_one_process_have_different_names() {
        let scratch = Scratch::new("postgres-names");
        let (first, _first_lock) = create_folder(scratch.path()).unwrap();
        let (second, _second_lock) = create_folder(scratch.path()).unwrap();
        assert_ne!(first, second);
    }
}
