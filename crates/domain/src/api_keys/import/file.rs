//! The file: read whole, so that nothing is written of one that is not what it should be.

use std::collections::HashMap;

use super::column::KeyColumn;
use super::refusal::{LineRefusal, RefusedLine};
use super::row::{ImportedKey, TokenSha256, check};
use crate::import::{FileFault, Record, json_records, table_records};
use crate::time::Timestamp;
use crate::workspaces::TimeZone;

/// Most lines that are refused and told one by one; a file with more is another file than was meant.
pub const REFUSED_MAX: usize = 1_000;

/// Most keys of one file: each takes some 300 bytes while the file is read.
pub const ROWS_MAX: usize = 1_000_000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// A table with a header: comma-separated with quotes, or tab-separated as `mysql --batch` writes it.
    Csv,
    /// A list of objects, or an object a line.
    Json,
}

impl ImportFormat {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The format with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Csv, Self::Json].into_iter().find(|format| format.as_str() == word)
    }

    /// The format that a text looks like.
    pub fn of(text: &str) -> Self {
        if text.trim_start_matches('\u{feff}').trim_start().starts_with(['[', '{']) { Self::Json } else { Self::Csv }
    }
}

/// How a file is to be understood.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// How it is written.
    pub format: ImportFormat,
    /// Where its times without an offset are read; `None` refuses such times. OwnPay writes them in `APP_TIMEZONE`.
    pub time_zone: Option<TimeZone>,
    /// When it is read: nothing in it may have happened later.
    pub now: Timestamp,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportFile {
    /// Keys that can be taken over, in the order of the file; each once.
    pub keys: Vec<ImportedKey>,
    /// Lines that cannot; at most [`REFUSED_MAX`].
    pub refused: Vec<RefusedLine>,
}

/// Why a file is not read at all.
#[derive(Debug, thiserror::Error)]
pub enum ImportFileError {
    /// Nothing stands in it.
    #[error("the file is empty")]
    Empty,
    /// It does not begin with the names of columns.
    #[error("the first line must hold the names of the columns, such as name, key_prefix, key_hash, scopes and status")]
    NoHeader,
    /// A column is missing that every key has.
    #[error("the table has no column {0}: it needs name, key_prefix, key_hash, scopes and status")]
    ColumnMissing(&'static str),
    /// It is no JSON.
    #[error("the file must hold a JSON list of objects, or an object a line")]
    NotJson(#[source] serde_json::Error),
    /// It has more keys than one file may have.
    #[error("the file has more than {ROWS_MAX} lines: split it")]
    TooLong,
    /// It is another file than was meant.
    #[error("more than {REFUSED_MAX} lines are refused, the first in line {line}: {refusal}")]
    TooManyRefused {
        /// The first.
        line: u64,
        /// Why.
        refusal: LineRefusal,
    },
}

impl ImportFileError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        "import_unreadable"
    }
}

impl From<FileFault> for ImportFileError {
    fn from(fault: FileFault) -> Self {
        match fault {
            FileFault::Empty => Self::Empty,
            FileFault::NoHeader => Self::NoHeader,
            FileFault::ColumnMissing(name) => Self::ColumnMissing(name),
            FileFault::NotJson(cause) => Self::NotJson(cause),
        }
    }
}

/// Reads a file and checks each of its lines by itself.
///
/// # Errors
/// [`ImportFileError`] when it is another file than was meant; single lines are among [`ImportFile::refused`].
pub fn read_import(text: &str, options: &ImportOptions) -> Result<ImportFile, ImportFileError> {
    let text = text.trim_start_matches('\u{feff}');
    let records = match options.format {
        ImportFormat::Csv => table_records(text),
        ImportFormat::Json => json_records(text),
    }?;
    if records.len() > ROWS_MAX {
        return Err(ImportFileError::TooLong);
    }
    let mut read = ImportFile::default();
    let mut seen = Seen::default();
    for Record { line, fields } in records {
        let checked = fields.map_err(LineRefusal::from).and_then(|fields| {
            seen.check_merchant(fields.find(KeyColumn::Merchant))?;
            let key = check(line, &fields, options)?;
            seen.check_once(key.sha256, line)?;
            Ok(key)
        });
        match checked {
            Ok(key) => read.keys.push(key),
            Err(refusal) => read.refused.push(RefusedLine { line, refusal }),
        }
        if let (true, Some(RefusedLine { line, refusal })) = (read.refused.len() > REFUSED_MAX, read.refused.first()) {
            return Err(ImportFileError::TooManyRefused { line: *line, refusal: *refusal });
        }
    }
    Ok(read)
}

/// What the lines before have said.
#[derive(Default)]
struct Seen {
    lines: HashMap<TokenSha256, u64>,
    merchant: Option<String>,
}

impl Seen {
    fn check_merchant(&mut self, merchant: Option<&str>) -> Result<(), LineRefusal> {
        let Some(merchant) = merchant else {
            return Ok(());
        };
        let first = self.merchant.get_or_insert_with(|| merchant.to_owned());
        if first == merchant { Ok(()) } else { Err(LineRefusal::OtherMerchant) }
    }

    fn check_once(&mut self, sha256: TokenSha256, line: u64) -> Result<(), LineRefusal> {
        match self.lines.entry(sha256) {
            std::collections::hash_map::Entry::Occupied(first) => Err(LineRefusal::Repeated(*first.get())),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(line);
                Ok(())
            }
        }
    }
}
