//! Webhooks end to end: accepted, stored, delivered, recorded; against a raw loop that POSTs the same bytes in the same run.

use std::path::Path;

use super::hub::{Hub, Scratch};
use super::measure::Measure;
use super::start::{resident_mib, wait};
use super::suites::Effort;
use super::webhook_stage::{Events, Loaded, Stage, number};
use crate::postgres::{Disk, ThrowawayPostgres, find_programs};
use crate::process;
use crate::ui::Stopwatch;

/// How much is done.
struct Scale {
    /// Each figure that is a rate is the median of so many.
    rounds: u32,
    events: u32,
    raw: u32,
    /// Seconds of each open loop.
    open_s: u32,
    /// Waiting deliveries, few and many.
    waiting: (u32, u32),
    /// Stored events, few and many.
    stored: (u32, u32),
}

impl Scale {
    const fn of(effort: Effort) -> Self {
        match effort {
            Effort::Quick => Self {
                rounds: 1,
                events: 4_000,
                raw: 40_000,
                open_s: 3,
                waiting: (10_000, 100_000),
                stored: (7_000, 75_000),
            },
            Effort::Whole => Self {
                rounds: 3,
                events: 20_000,
                raw: 200_000,
                open_s: 15,
                waiting: (10_000, 1_000_000),
                stored: (70_000, 750_000),
            },
        }
    }
}

/// Events before the first that counts: connections open, statements are prepared, the raw loop learns its bytes.
const WARM_UP: u32 = 2_000;
/// Endpoints of the databases that are filled.
const ENDPOINTS: u32 = 10;
/// Long enough to fill what a node holds in memory, and shorter than the deadline of an attempt.
const HOLD: std::time::Duration = std::time::Duration::from_secs(6);
/// Load before the hub is killed.
const LOAD_BEFORE_KILL: std::time::Duration = std::time::Duration::from_secs(2);
/// Looks at what came after the restart, one each millisecond and a little.
const LOOKS_MAX: u32 = 20_000;

/// Measures both databases.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let scale = Scale::of(effort);
    let mut measures = on_sqlite(&scale)?;
    measures.extend(on_postgres(&scale)?);
    measures.extend(draining(&scale)?);
    measures.extend(stored(&scale)?);
    measures.extend(holding()?);
    measures.extend(restarting()?);
    Ok(measures)
}

fn closed(scale: &Scale, connections: u32, per_event: u32) -> Events {
    Events { count: scale.events, connections, per_event, per_second: 0 }
}

/// Rates of one database, with one endpoint for each event and with five.
struct Rates {
    measures: Vec<Measure>,
    /// Events that were published.
    events: u32,
}

/// What was measured at one number of connections, round by round.
#[derive(Default)]
struct Series {
    limits: Vec<f64>,
    rates: Vec<f64>,
    ratios: Vec<f64>,
}

impl Series {
    /// Measures the raw loop and the hub, one after the other; returns the rate of the hub.
    fn add(&mut self, stage: &Stage, scale: &Scale, events: Events) -> anyhow::Result<f64> {
        let limit = stage.peer.limit(scale.raw, events.connections)?;
        let rate = stage.load(events)?.delivered_per_s;
        self.limits.push(limit);
        self.rates.push(rate);
        self.ratios.push(rate / limit);
        Ok(rate)
    }

    fn measures(&self, start: &str) -> Vec<Measure> {
        vec![
            Measure::new(&format!("{start}_limit_per_s"), median(&self.limits), "1/s"),
            Measure::new(&format!("{start}_per_s"), median(&self.rates), "1/s"),
            Measure::new(&format!("{start}_over_limit"), median(&self.ratios), "ratio"),
        ]
    }
}

fn on_sqlite(scale: &Scale) -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let mut stage = Stage::on_sqlite(&scratch)?;
    let published = stage.load(closed(scale, 16, 0))?.published_per_s;
    stage.add_endpoints(1, "/hook")?;
    let Rates { mut measures, events } = rates(&stage, scale, "sqlite", 1)?;
    let limit = stage.peer.limit(scale.raw, 16)?;
    measures.push(Measure::new("webhooks.publish_over_limit", published / limit, "ratio"));
    for per_second in [200, 1_000] {
        let count = per_second * scale.open_s;
        let Loaded { p50_ms, p99_ms, .. } = stage.load(Events { count, connections: 16, per_event: 1, per_second })?;
        measures.push(Measure::new(&format!("webhooks.latency_{per_second}_p50_ms"), p50_ms, "ms"));
        measures.push(Measure::new(&format!("webhooks.latency_{per_second}_p99_ms"), p99_ms, "ms"));
    }
    let events = events + scale.events + 1_200 * scale.open_s;
    stage.settle()?;
    let kib = kib_of(Path::new(&scratch.folder()))?;
    measures.push(Measure::new("webhooks.disk_per_event_kb", kib / f64::from(events), "KiB"));
    stage.start()?;
    stage.add_endpoints(4, "/hook")?;
    measures.extend(rates(&stage, scale, "sqlite", 5)?.measures);
    Ok(measures)
}

fn on_postgres(scale: &Scale) -> anyhow::Result<Vec<Measure>> {
    let cluster = ThrowawayPostgres::start(Disk::Waited)?;
    let scratch = Scratch::new()?;
    let mut stage = Stage::new(Hub::on(&cluster.url())?.in_folder(&scratch))?;
    stage.add_endpoints(1, "/hook")?;
    // Plans that were made on empty tables stay: half the speed for as long as the connections live.
    stage.seed(&cluster.url(), "delivered", scale.events)?;
    let psql = find_programs().map_or_else(|| "psql".into(), |folder| folder.join("psql"));
    process::text(&mut process::program(psql, &[&cluster.url(), "--command", "ANALYZE"]))?;
    stage.start()?;
    let mut measures = rates(&stage, scale, "postgres", 1)?.measures;
    stage.add_endpoints(4, "/hook")?;
    measures.extend(rates(&stage, scale, "postgres", 5)?.measures);
    Ok(measures)
}

/// Rates at 16 and at 64 connections, each over the raw loop beside it; the lesser of both is the figure that has an aim.
fn rates(stage: &Stage, scale: &Scale, database: &str, per_event: u32) -> anyhow::Result<Rates> {
    let warm_up = Events { count: WARM_UP, ..closed(scale, 16, per_event) };
    stage.load(warm_up)?;
    let (mut few, mut many, mut many_over_few) = (Series::default(), Series::default(), Vec::new());
    for _ in 0..scale.rounds {
        let of_few = few.add(stage, scale, closed(scale, 16, per_event))?;
        let of_many = many.add(stage, scale, closed(scale, 64, per_event))?;
        many_over_few.push(of_many / of_few);
    }
    let start = format!("webhooks.{database}_{per_event}");
    let mut measures = few.measures(&format!("{start}_c16"));
    measures.extend(many.measures(&format!("{start}_c64")));
    let least = median(&few.ratios).min(median(&many.ratios));
    measures.push(Measure::new(&format!("{start}_over_limit"), least, "ratio"));
    // The aim is for the plain case; the others are printed for the reader.
    let name = if start == "webhooks.sqlite_1" { "webhooks" } else { &start };
    let between = if name == "webhooks" { "." } else { "_" };
    measures.push(Measure::new(&format!("{name}{between}c64_over_c16"), median(&many_over_few), "ratio"));
    Ok(Rates { measures, events: WARM_UP + 2 * scale.rounds * scale.events })
}

/// How fast what waits is sent, while much waits and while little does.
fn draining(scale: &Scale) -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let mut stage = Stage::on_sqlite(&scratch)?;
    stage.add_endpoints(ENDPOINTS, "/hook")?;
    let (few, many) = scale.waiting;
    // The last tenth is left out: an end has fewer requests in flight than a middle.
    let receipts = few / 10 * 9;
    let mut drain = |count: u32| -> anyhow::Result<f64> {
        stage.seed(&scratch.database_url(), "waiting", count)?;
        stage.peer.ask("/reset")?;
        stage.start()?;
        let told = stage.peer.ask(&format!("/await?receipts={receipts}"))?;
        Ok(number(&told, "receipts")? / number(&told, "seconds")?)
    };
    let of_few = drain(few)?;
    let of_many = drain(many)?;
    Ok(vec![
        Measure::new("webhooks.drain_10k_per_s", of_few, "1/s"),
        Measure::new("webhooks.drain_1m_per_s", of_many, "1/s"),
        Measure::new("webhooks.drain_1m_over_10k", of_many / of_few, "ratio"),
    ])
}

/// Whether a long history slows deliveries down. Each rate is taken over the raw loop beside it, because seeding takes a while.
fn stored(scale: &Scale) -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let mut stage = Stage::on_sqlite(&scratch)?;
    stage.add_endpoints(1, "/hook")?;
    let (few, many) = scale.stored;
    let mut rate = |count: u32| -> anyhow::Result<f64> {
        stage.seed(&scratch.database_url(), "delivered", count)?;
        stage.start()?;
        stage.load(Events { count: WARM_UP, ..closed(scale, 16, 1) })?;
        let mut ratios = Vec::new();
        for _ in 0..scale.rounds {
            let limit = stage.peer.limit(scale.raw, 16)?;
            ratios.push(stage.load(closed(scale, 16, 1))?.delivered_per_s / limit);
        }
        Ok(median(&ratios))
    };
    let of_few = rate(few)?;
    let of_many = rate(many - few)?;
    Ok(vec![Measure::new("webhooks.rate_750k_over_70k", of_many / of_few, "ratio")])
}

/// Memory while much waits for a receiver that does not answer.
fn holding() -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let mut stage = Stage::on_sqlite(&scratch)?;
    stage.add_endpoints(ENDPOINTS, "/hang")?;
    stage.seed(&scratch.database_url(), "waiting", 100_000)?;
    stage.start()?;
    wait(HOLD);
    Ok(vec![Measure::new("webhooks.rss_100k_waiting_mib", resident_mib(stage.server()?.id())?, "MiB")])
}

/// Killed under load: how long after the start of the next process the last accepted event is received, and all others with it.
fn restarting() -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let mut stage = Stage::on_sqlite(&scratch)?;
    stage.add_endpoints(1, "/hook")?;
    let command = stage.load_command(Events { count: 1_000_000, connections: 16, per_event: 1, per_second: 0 })?;
    stage.kill_under(&command, LOAD_BEFORE_KILL)?;
    let watch = Stopwatch::start();
    stage.start()?;
    let (mut last_s, mut all_s) = (None, None);
    for _ in 0..LOOKS_MAX {
        let told = stage.peer.ask("/missing")?;
        if number(&told, "last")? == 0.0 {
            last_s = last_s.or(Some(watch.elapsed().as_secs_f64()));
        }
        if number(&told, "missing")? == 0.0 {
            all_s = Some(watch.elapsed().as_secs_f64());
            break;
        }
    }
    let (Some(last_s), Some(all_s)) = (last_s, all_s) else {
        anyhow::bail!("accepted events were not received after the restart: {}", stage.peer.ask("/missing")?);
    };
    Ok(vec![
        Measure::new("webhooks.last_delivery_after_restart_s", last_s, "s"),
        Measure::new("webhooks.all_after_restart_s", all_s, "s"),
    ])
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Size of the files in a folder.
fn kib_of(folder: &Path) -> anyhow::Result<f64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(f64::from(u32::try_from(bytes / 1024)?))
}
