//! Runs the program in a temporary folder and talks to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of its own for one test, removed with it.
pub(crate) struct Home(TempDir);

/// How a run of the program ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::Builder::new().prefix("devhub-it-").tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes a file that only this user may read, and replaces one that is there.
    pub(crate) fn write_private(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;

        std::fs::set_permissions(self.write(name, text), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The program, with nothing of this test's own environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_devhub"));
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        command
    }

    /// The program, with these limits on open files: the one in force, and how far it may be raised.
    pub(crate) fn command_with_files(&self, soft: u32, hard: u32, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        let script = format!("ulimit -S -n {soft} && ulimit -H -n {hard} && exec \"$0\" \"$@\"");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_devhub")]).args(arguments);
        command.current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs the program and types something.
    pub(crate) fn run_typing(&self, typed: &str, arguments: &[&str]) -> Ended {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that does not get as far as reading closes its end.
        child.stdin.take().unwrap().write_all(typed.as_bytes()).ok();
        child.wait_with_output().unwrap().into()
    }

    /// Runs the program in a session of its own, which has no terminal, whatever this test was started from.
    pub(crate) fn run_without_terminal(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(env!("CARGO_BIN_EXE_devhub")).args(arguments);
        command.current_dir(self.0.path()).output().unwrap().into()
    }

    /// Runs the program with one variable of the environment set.
    pub(crate) fn run_with(&self, variable: &str, value: &str, arguments: &[&str]) -> Ended {
        self.command(arguments).env(variable, value).output().unwrap().into()
    }

    /// Runs a command that must succeed and returns what it printed.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{arguments:?} said {}{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    /// Issues a key in the folder `data` and returns its id and its token.
    pub(crate) fn issue_key(&self) -> (String, String) {
        self.issue_key_for("events:write")
    }

    /// Issues a key with these scopes.
    pub(crate) fn issue_key_for(&self, scopes: &str) -> (String, String) {
        self.issue_key_with("--scope", scopes)
    }

    /// Issues a key with this option.
    pub(crate) fn issue_key_with(&self, option: &str, value: &str) -> (String, String) {
        let stdout = self.succeed(&["keys", "issue", "--label", "Shop", option, value, "--json", "--data", "data"]);
        let issued: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        (text(&issued["key"]["id"]), text(&issued["token"]))
    }

    /// Makes a second workspace in the folder `data` and returns its id.
    pub(crate) fn second_workspace(&self) -> String {
        let stdout = self.succeed(&["workspaces", "create", "Second shop", "--json", "--data", "data"]);
        let made: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// Starts a hub on a free port and waits until it listens.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Hub {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Hub::start(command.args(arguments))
    }

    /// How many plain copies of the database are left in the folder `data`.
    pub(crate) fn snapshots(&self) -> usize {
        let names = std::fs::read_dir(self.path("data")).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_str().unwrap().starts_with("snapshot-")).count()
    }

    /// Text without this test's folder and the program's own path, for snapshots.
    pub(crate) fn redacted(&self, text: &str) -> String {
        let program = std::fs::canonicalize(env!("CARGO_BIN_EXE_devhub")).unwrap();
        text.replace(self.0.path().to_str().unwrap(), "[home]").replace(program.to_str().unwrap(), "[devhub]")
    }
}

/// A running hub, killed when the test ends without stopping it.
pub(crate) struct Hub {
    child: Child,
    /// What it printed before it listened.
    pub(crate) greeting: String,
    pub(crate) address: String,
    stderr: BufReader<ChildStderr>,
}

impl Hub {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut greeting = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let listening = line.strip_prefix("listening on ").and_then(|url| url.split_once("://"));
            if let Some((_, address)) = listening {
                return Self { child, greeting, address: address.to_owned(), stderr };
            }
            greeting.push_str(&line);
            greeting.push('\n');
        }
        let mut said = String::new();
        stderr.read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap();
        panic!("the hub did not start ({status}): {said}");
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it printed before it listened, without what differs each time, for snapshots.
    pub(crate) fn redacted_greeting(&self, home: &Home) -> String {
        const LINK: &str = "/admin/setup#";
        let text = home.redacted(&self.greeting).replace(&self.address, "[address]");
        let Some((before, after)) = text.split_once(LINK) else {
            return text;
        };
        let (token, rest) = after.split_once('\n').unwrap();
        let is_token = token.len() == 43 && token.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        assert!(is_token, "{token}");
        format!("{before}{LINK}[token]\n{rest}")
    }

    /// Sends one request and returns status and body.
    pub(crate) fn call(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
        let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let answer = self.exchange(&format!(
            "{method} {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n{authorization}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        ));
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Sends bytes and returns everything that is answered until the connection ends, also when the hub ends it before it has read
    /// them all.
    pub(crate) fn exchange(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(bytes.as_bytes()).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        String::from_utf8(answer).unwrap()
    }

    pub(crate) fn get(&self, path: &str, token: &str) -> u16 {
        self.call("GET", path, Some(token), "").0
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: &str) {
        // The shell's own: a small machine has no program of this name.
        let pid = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill \"$0\" \"$1\"", signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until the hub has logged `text`.
    pub(crate) fn wait_for_log(&mut self, text: &str) {
        let found = self.stderr.by_ref().lines().any(|line| line.unwrap().contains(text));
        assert!(found, "the hub left without logging {text:?}");
    }

    /// Waits until the hub has left.
    pub(crate) fn wait(mut self) -> Ended {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        let status = self.child.wait().unwrap();
        Ended { code: status.code().unwrap_or(-1), stdout: String::new(), stderr }
    }

    /// Sends a signal and waits until the hub has left.
    pub(crate) fn stop(self, signal: &str) -> Ended {
        self.signal(signal);
        self.wait()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
