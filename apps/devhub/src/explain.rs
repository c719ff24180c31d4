//! `devhub keys explain`.

use std::fs::File;
use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use devhub_domain::secret::Secret;

use crate::cli::Ending;
use crate::config::Settings;
use crate::control::{Action, ExplainQuestion, ExplanationView, Reply, Revealed};
use crate::opened::{Answer, ask_hub_or_open, unexpected};
use crate::secret_line::first_line;
use crate::terminal::Terminal;

/// Longest token that is read: four times a token.
const TOKEN_BYTES_MAX: usize = 256;

/// What is asked about.
#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// The id of the key
    id: String,
    /// Workspace that it must belong to [default: any]
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// The id of a refused request, from an answer or the log, instead of all below
    #[arg(long, value_name = "ID", conflicts_with_all = ["method", "path", "address", "scope", "cost", "at", "token_file"])]
    request: Option<String>,
    /// Method, such as GET
    #[arg(long)]
    method: Option<String>,
    /// Path, such as /api/v1/payments
    #[arg(long)]
    path: Option<String>,
    /// Where the request comes from
    #[arg(long)]
    address: Option<String>,
    /// What it needs; may be repeated [default: on /api/v1 what the method needs]
    #[arg(long, value_delimiter = ',')]
    scope: Vec<String>,
    /// What it costs [default: 1]
    #[arg(long)]
    cost: Option<NonZeroU32>,
    /// When it is made, such as 2027-01-31T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// File whose first line is the token that it brings, or - for standard input, to find out whether it is mistyped
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

/// Explains what a request with a key is answered, in the running hub when there is one.
///
/// # Errors
/// Whatever refuses, in its words.
pub(crate) fn explain(settings: &Settings, arguments: ExplainArguments, terminal: Terminal) -> anyhow::Result<Ending> {
    let token = arguments.token_file.as_deref().map(read_token).transpose()?;
    let question = ExplainQuestion {
        id: arguments.id,
        workspace: arguments.workspace,
        request_id: arguments.request,
        method: arguments.method,
        path: arguments.path,
        address: arguments.address,
        scopes: arguments.scope,
        cost: arguments.cost,
        at: arguments.at,
        token: token.map(Revealed),
    };
    let Answer { reply, is_from_hub } = ask_hub_or_open(settings, Action::ExplainKey(question))?;
    let Reply::Explanation(explanation) = reply else {
        return Err(unexpected());
    };
    if arguments.json {
        terminal.line(serde_json::to_string(&explanation)?)?;
    } else {
        show(&explanation, terminal)?;
    }
    if !is_from_hub {
        terminal.remark("No running hub was reached: what is spent of the rate is not known here.")?;
    }
    Ok(Ending::Done)
}

fn show(explanation: &ExplanationView, terminal: Terminal) -> anyhow::Result<()> {
    terminal.line(format_args!("{}  {}", explanation.code, explanation.key_id))?;
    if let Some(refused) = &explanation.refused {
        terminal.line(refused)?;
    }
    for check in &explanation.checks {
        terminal.line(format_args!("  {:<11}  {:<19}  {}", check.outcome, check.code, check.inputs.join("  ")))?;
    }
    if explanation.token_has_valid_checksum == Some(false) {
        terminal.remark("The token's check sum does not fit: it is mistyped, unless it was imported.")?;
    }
    if let Some(wait) = explanation.retry_after_ms {
        terminal.remark(format_args!("It fits in {wait} ms, if nothing else is asked meanwhile."))?;
    }
    Ok(())
}

fn read_token(file: &Path) -> anyhow::Result<Secret> {
    let line = if file == Path::new("-") {
        first_line(io::stdin().lock(), TOKEN_BYTES_MAX).context("the token cannot be read from standard input")?
    } else {
        let line = File::open(file).and_then(|file| first_line(file, TOKEN_BYTES_MAX));
        line.with_context(|| format!("the token cannot be read from {}", file.display()))?
    };
    Ok(Secret::new(line.expose().trim()))
}
