//! Servers to measure: the hub in its release build, and a bare actix-web server beside it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

use crate::process;

/// A server on loopback; dropping it ends it.
pub(super) struct Server {
    child: Child,
    /// `http://127.0.0.1:<port>`.
    pub(super) base: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// Starts a server that prints its address on a line of its standard output.
    ///
    /// # Errors
    /// When it ends before.
    pub(super) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let shown = process::shown(command);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = quiet.spawn().with_context(|| format!("cannot start `{shown}`"))?;
        let lines = BufReader::new(child.stdout.take().context("standard output is a pipe")?).lines();
        for line in lines {
            let line = line?;
            if let Some((_, rest)) = line.split_once("http://") {
                // A hub without an owner says where one is made too: the same address, with a path behind it.
                let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '/');
                let address = rest.split(is_end).next().unwrap_or_default();
                return Ok(Self { child, base: format!("http://{address}") });
            }
        }
        drop(child.kill());
        anyhow::bail!("`{shown}` ended before it said where it listens")
    }

    /// The process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

/// A hub in the release build, with its settings.
pub(super) struct Hub {
    settings: Vec<String>,
}

impl Hub {
    /// Builds the hub and prepares one on this database.
    pub(super) fn on(database_url: &str) -> anyhow::Result<Self> {
        process::run(&mut process::program("cargo", &["build", "--quiet", "--release", "--package", "devhub"]))?;
        let settings = [
            "server.listen=127.0.0.1:0",
            &format!("database.url={database_url}"),
            "log.filter=warn",
            // One key sends all requests: the limit is checked each time, and never reached.
            "limits.default_per_minute=10000000",
        ];
        Ok(Self { settings: settings.map(str::to_owned).to_vec() })
    }

    /// The same with its socket and master key in this folder: a hub on PostgreSQL has no folder of its own.
    pub(super) fn in_folder(self, scratch: &Scratch) -> Self {
        self.with(&format!("server.state_folder={}", scratch.0.join("state").display()))
    }

    /// The same with one more setting, `section.key=value`.
    pub(super) fn with(mut self, setting: &str) -> Self {
        self.settings.push(setting.to_owned());
        self
    }

    /// A command of the hub with its settings.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = process::program(process::root().join("target/release/devhub"), &[]);
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        command.args(arguments);
        command
    }

    /// Starts it.
    pub(super) fn serve(&self) -> anyhow::Result<Server> {
        Server::start(&mut self.command(&["serve"]))
    }

    /// Issues a key with all that the measurements need; returns the whole `authorization` header.
    pub(super) fn authorization(&self) -> anyhow::Result<String> {
        let scopes = "keys:read,events:read,events:write,endpoints:read,endpoints:write,deliveries:read";
        let mut command = self.command(&["keys", "issue", "--label", "Bench", "--scope", scopes, "--json"]);
        let issued: serde_json::Value = serde_json::from_str(&process::text(&mut command)?)?;
        let token = issued.get("token").and_then(|token| token.as_str()).context("an issued key has a token")?;
        Ok(format!("Bearer {token}"))
    }
}

/// The bare server: one handler that answers `hello`, as many workers as the hub has.
pub(super) fn bare() -> anyhow::Result<Server> {
    let build = ["build", "--quiet", "--release", "--package", "devhub-web", "--example", "bare"];
    process::run(&mut process::program("cargo", &build))?;
    Server::start(&mut process::program(process::root().join("target/release/examples/bare"), &[]))
}

/// A folder that is deleted when it is dropped.
pub(super) struct Scratch(std::path::PathBuf);

impl Scratch {
    /// A new empty folder.
    pub(super) fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("devhub-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }

    /// The folder of a database in it.
    pub(super) fn folder(&self) -> String {
        self.0.join("data").display().to_string()
    }

    /// A place in it.
    pub(super) fn inside(&self, name: &str) -> std::path::PathBuf {
        self.0.join(name)
    }

    /// The address of that database.
    pub(super) fn database_url(&self) -> String {
        format!("sqlite:{}", self.folder())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
