//! How soon a hub answers, and what it costs while nobody asks.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;

use super::hub::{Hub, Scratch};
use super::measure::Measure;
use super::suites::Effort;
use crate::process;
use crate::ui::Stopwatch;

/// Between two looks at a port that is not open yet.
const LOOK_EVERY: Duration = Duration::from_micros(200);
const LOOKS_MAX: u32 = 100_000;
/// After the last start-up work, which takes a few seconds at most.
const IDLE_AFTER: Duration = Duration::from_secs(8);

/// Measures starts on a migrated folder: the median of several.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let port = free_port()?;
    let hub = Hub::on(&scratch.database_url())?.with(&format!("server.listen=127.0.0.1:{port}"));
    process::run(hub.command(&["migrate"]).stdout(Stdio::null()))?;
    let rounds = if effort == Effort::Quick { 3 } else { 11 };
    let mut times = (0..rounds).map(|_| ready_ms(&hub, port)).collect::<anyhow::Result<Vec<f64>>>()?;
    times.sort_by(f64::total_cmp);
    let median = *times.get(times.len() / 2).context("at least one round")?;
    let server = hub.serve()?;
    wait(IDLE_AFTER);
    let rss = resident_mib(server.id())?;
    drop(server);
    let mut measures =
        vec![Measure::new("start.ready_ms", median, "ms"), Measure::new("start.idle_rss_mib", rss, "MiB")];
    for (keys, name) in key_counts(effort) {
        seed_keys(&scratch, *keys)?;
        let ready = ready_ms(&hub, port)?;
        measures.push(Measure::new(&format!("start.ready_{name}_keys_ms"), ready, "ms"));
        measures.push(Measure::new(&format!("start.load_{name}_keys_ms"), load_ms(&hub)?, "ms"));
    }
    Ok(measures)
}

/// How many keys a start is measured with besides none.
fn key_counts(effort: Effort) -> &'static [(u32, &'static str)] {
    match effort {
        Effort::Quick => &[(100_000, "100k")],
        Effort::Whole => &[(100_000, "100k"), (1_000_000, "1m")],
    }
}

/// Fills the folder; keys that are there already stay.
pub(super) fn seed_keys(scratch: &Scratch, count: u32) -> anyhow::Result<()> {
    let build = ["build", "--quiet", "--release", "--package", "devhub-storage", "--example", "seed_keys"];
    process::run(&mut process::program("cargo", &build))?;
    let program = process::root().join("target/release/examples/seed_keys");
    process::run(&mut process::program(program, &[&scratch.folder(), &count.to_string()]))
}

/// The time that the hub itself says the loading of all keys took.
fn load_ms(hub: &Hub) -> anyhow::Result<f64> {
    let mut command = hub.command(&["--set", "log.filter=info", "--set", "log.format=json", "serve"]);
    let logged = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = Killed(logged.spawn()?);
    let lines = BufReader::new(child.0.stderr.take().context("standard error is a pipe")?).lines();
    for line in lines {
        let line = line?;
        if line.contains("all keys are loaded") {
            let number = line.split("\"duration_ms\":").nth(1).context("the line says how long it took")?;
            let digits: String = number.trim_start_matches('"').chars().take_while(char::is_ascii_digit).collect();
            return digits.parse().context("the duration is a number");
        }
    }
    anyhow::bail!("the hub ended before it had loaded its keys")
}

/// The time from the start of the process to the first 200 of `/readyz`.
fn ready_ms(hub: &Hub, port: u16) -> anyhow::Result<f64> {
    let watch = Stopwatch::start();
    let child = hub.command(&["serve"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let mut child = Killed(child);
    for _ in 0..LOOKS_MAX {
        if is_ready(port) {
            return Ok(watch.elapsed().as_secs_f64() * 1_000.0);
        }
        anyhow::ensure!(child.0.try_wait()?.is_none(), "the hub ended while it started");
        wait(LOOK_EVERY);
    }
    anyhow::bail!("the hub did not become ready")
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn is_ready(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut status = [0; 12];
        stream.read_exact(&mut status)?;
        Ok(status == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

/// Waits without a sleep: on a channel that nobody sends to.
pub(super) fn wait(duration: Duration) {
    let (_sender, receiver) = mpsc::channel::<()>();
    receiver.recv_timeout(duration).unwrap_or(());
}

/// A port that nobody listens on.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The memory that a process has, in MiB.
pub(super) fn resident_mib(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process has a resident size")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}
