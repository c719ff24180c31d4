//! Starts a hub and a receiver, has the story told, and cleans up.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use tempfile::TempDir;

use super::receiver::Receiver;
use super::story::Story;
use crate::cli::Ending;
use crate::config::{Override, Settings};
use crate::hub::Hub;
use crate::program::program;
use crate::serve::{Signals, run_to_end};
use crate::telemetry;
use crate::terminal::Terminal;

/// Tells the story; then, unless `once`, goes on serving until Ctrl-C. Nothing is left behind.
///
/// # Errors
/// When the hub cannot be started. A step that does not do what it says is printed and makes the ending a problem.
pub(crate) fn demo(once: bool, terminal: Terminal) -> anyhow::Result<Ending> {
    let folder = tempfile::Builder::new().prefix("devhub-demo-").tempdir().context("there is no temporary folder")?;
    let settings = settings(folder.path())?;
    let _log = telemetry::start(&settings.log)?;
    let ending = run_to_end(run(once, &settings, &folder, terminal))?;
    folder.close().context("the temporary folder cannot be removed")?;
    Ok(ending)
}

async fn run(once: bool, settings: &Settings, folder: &TempDir, terminal: Terminal) -> anyhow::Result<Ending> {
    let mut signals = Signals::new()?;
    let hub = Hub::start(settings, terminal).await?;
    let receiver = Receiver::start()?;
    let mut story = Story::new(&hub, receiver, terminal);
    let succeeded = tokio::select! {
        told = story.tell() => told?,
        _ = signals.wait() => false,
    };
    if succeeded && !once {
        invite(&hub, folder.path(), terminal)?;
        signals.wait().await;
    }
    let stop = async {
        story.end().await;
        hub.stop().await
    };
    signals.unless_again(stop, terminal).await?;
    Ok(if succeeded { Ending::Done } else { Ending::Problem })
}

/// A configuration of the demo's own: what the machine's environment says must not change the story.
fn settings(folder: &Path) -> anyhow::Result<Settings> {
    let folder = folder.to_str().context("the temporary folder has a name that is not UTF-8: set TMPDIR")?;
    let overrides = [
        ("database.url", format!("sqlite:{folder}")),
        ("server.listen", "127.0.0.1:0".to_owned()),
        ("server.workers", "1".to_owned()),
        ("server.shutdown_grace_s", "2".to_owned()),
        ("webhooks.allow_http", "true".to_owned()),
        ("webhooks.allow_networks", "127.0.0.0/8".to_owned()),
        ("log.filter", "error".to_owned()),
    ];
    let overrides = overrides.map(|(key, value)| Override { key: key.to_owned(), value, flag: "demo" });
    Ok(Settings::load(None, HashMap::new(), &overrides)?)
}

fn invite(hub: &Hub, folder: &Path, terminal: Terminal) -> anyhow::Result<()> {
    let (address, folder, program) = (hub.address, folder.display(), program());
    terminal
        .line(format_args!("The hub goes on serving at http://{address} until Ctrl-C. In another terminal, try:"))?;
    terminal.line(format_args!("  curl http://{address}/readyz"))?;
    terminal.line(format_args!(
        "  TOKEN=$({program} keys issue --data {folder} --label \"My key\" --scope keys:read,events:write,endpoints:write)"
    ))?;
    for path in ["whoami", "keys"] {
        terminal.line(format_args!("  curl -H \"Authorization: Bearer $TOKEN\" http://{address}/api/hub/v1/{path}"))?;
    }
    terminal.line(format_args!("  {program} keys list --data {folder}"))?;
    Ok(())
}
