//! Takes over keys of OwnPay, a few hundred at a time; `devhub keys import` reads whole files.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::api_keys::{ImportFile, ImportFormat, ImportOptions, ImportOutcome, RefusedLine, read_import};
use devhub_domain::secret::Secret;
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Caller, KeysWrite};
use crate::once::Showing;
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, Reply, ok, parse};
use crate::services::Services;
use crate::{blocking, once};

/// Largest body: 250 keys of 1 KiB each, which is twice as long as a key is, and as much again for how JSON writes a text.
const BODY_BYTES_MAX: usize = 512 * 1024;

/// Keys to take over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyImport)]
pub(super) struct ImportKeys {
    /// The file, with at most 250 keys: a table with a header, comma-separated or as `mysql --batch` writes it, or JSON. It needs
    /// `name`, `key_prefix`, `key_hash`, `scopes` and `status`, and may have `expires_at`, `created_at`, `last_used_at` and
    /// `merchant_id`.
    #[schema(max_length = 524_288)]
    content: String,
    /// `csv` for a table, `json` for a list of objects or an object a line; found out when absent.
    #[schema(value_type = Option<String>)]
    format: Option<String>,
    /// Where the times of the file are read that have no offset, an IANA name such as `Asia/Dhaka`; such times are refused when absent.
    #[schema(max_length = 64)]
    time_zone: Option<String>,
    /// Whether only to tell what would happen; false when absent.
    dry_run: Option<bool>,
}

/// What became of the keys.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyImportReport)]
pub(super) struct ImportBody {
    /// Whether nothing was changed.
    dry_run: bool,
    /// Keys that were taken over, or would be.
    #[schema(minimum = 0)]
    new: usize,
    /// Keys that were there already, and stay as they are.
    #[schema(minimum = 0)]
    existing: usize,
    /// Lines that cannot be taken over.
    #[schema(max_items = 1_250)]
    refused: Vec<RefusedLineBody>,
}

/// A line that cannot be taken over.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusedLine)]
pub(super) struct RefusedLineBody {
    /// Which line, counted from 1; which element, of a JSON list.
    #[schema(minimum = 1)]
    line: u64,
    /// What to change.
    detail: String,
}

impl From<&RefusedLine> for RefusedLineBody {
    fn from(refused: &RefusedLine) -> Self {
        Self { line: refused.line, detail: refused.refusal.to_string() }
    }
}

impl ImportBody {
    fn new(outcome: &ImportOutcome, dry_run: bool) -> Self {
        let mut refused: Vec<_> = outcome.refused.iter().map(RefusedLineBody::from).collect();
        refused.sort_by_key(|refused| refused.line);
        Self { dry_run, new: outcome.new.len(), existing: outcome.existing.len(), refused }
    }
}

impl ImportKeys {
    fn check(self, now: Timestamp) -> Result<(ImportFile, bool), Problem> {
        let content = Secret::new(self.content);
        let mut invalid = Invalid::default();
        let format = match self.format.as_deref() {
            Some(word) => ImportFormat::parse(word).ok_or("must be csv or json"),
            None => Ok(ImportFormat::of(content.expose())),
        };
        let format = invalid.check("format", format);
        let time_zone = invalid.check("time_zone", self.time_zone.as_deref().map(TimeZone::new).transpose());
        let (Some(format), Some(time_zone)) = (format, time_zone) else {
            return Err(invalid.into());
        };
        let read = read_import(content.expose(), &ImportOptions { format, time_zone, now });
        let file = read.map_err(|error| Problem::unprocessable(error.code(), error.to_string()).at_field("content"))?;
        Ok((file, self.dry_run.unwrap_or_default()))
    }
}

/// Of the whole installation: a digest proves nothing of whose key it is, and whoever imports it first has the key. So the keys of the
/// installation's own workspace alone do it.
pub(super) async fn import(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    if caller.workspace_id != services.pages.workspace_id() {
        return Err(Problem::installation_only());
    }
    let demand = incoming.demand(BODY_BYTES_MAX, services.limits).await?;
    let (keys, asker, workspace_id) = (services.keys.clone(), caller.asker(), caller.workspace_id);
    let (file, dry_run) = parse::<ImportKeys>(&demand.body)?.check(keys.now())?;
    if dry_run {
        let outcome = blocking::run(move || keys.preview_import(asker, workspace_id, &file)).await?;
        return Ok(ok(&ImportBody::new(&outcome, true)));
    }
    let prepared = keys.import(asker, workspace_id, &file)?;
    Ok(once::run(&services, caller.key_id, demand, prepared, imported).await?.answer)
}

fn imported(outcome: &ImportOutcome, _: Showing) -> Reply {
    Reply::ok(&ImportBody::new(outcome, false))
}
