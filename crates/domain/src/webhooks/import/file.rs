//! The file: read whole, so that nothing is written of one that is not what it should be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::column::EndpointColumn;
use super::refusal::{EndpointLineRefusal, RefusedEndpoint};
use super::row::{ImportedEndpoint, check};
use crate::api_keys::{ImportFormat, REFUSED_MAX};
use crate::import::{FileFault, Record, json_records, table_records};

/// Most lines of one file: twenty times as many as a workspace may have endpoints.
pub const ENDPOINT_ROWS_MAX: usize = 10_000;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointImportFile {
    /// Endpoints that can be taken over, in the order of the file; each once.
    pub endpoints: Vec<ImportedEndpoint>,
    /// Lines that cannot; at most [`REFUSED_MAX`].
    pub refused: Vec<RefusedEndpoint>,
}

/// Why a file is not read at all.
#[derive(Debug, thiserror::Error)]
pub enum EndpointImportFileError {
    /// Nothing stands in it.
    #[error("the file is empty")]
    Empty,
    /// It does not begin with the names of columns.
    #[error("the first line must hold the names of the columns, such as url, secret, events and status")]
    NoHeader,
    /// A column is missing that every endpoint has.
    #[error("the table has no column {0}: it needs url, secret, events and status")]
    ColumnMissing(&'static str),
    /// It is no JSON.
    #[error("the file must hold a JSON list of objects, or an object a line")]
    NotJson(#[source] serde_json::Error),
    /// It has more lines than one file may have.
    #[error("the file has more than {ENDPOINT_ROWS_MAX} lines: split it")]
    TooLong,
    /// It is another file than was meant.
    #[error("more than {REFUSED_MAX} lines are refused, the first in line {line}: {refusal}")]
    TooManyRefused {
        /// The first.
        line: u64,
        /// Why.
        refusal: EndpointLineRefusal,
    },
}

impl From<FileFault> for EndpointImportFileError {
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
/// [`EndpointImportFileError`] when it is another file than was meant; single lines are among [`EndpointImportFile::refused`].
pub fn read_endpoint_import(text: &str, format: ImportFormat) -> Result<EndpointImportFile, EndpointImportFileError> {
    let text = text.trim_start_matches('\u{feff}');
    let records = match format {
        ImportFormat::Csv => table_records(text),
        ImportFormat::Json => json_records(text),
    }?;
    if records.len() > ENDPOINT_ROWS_MAX {
        return Err(EndpointImportFileError::TooLong);
    }
    let mut read = EndpointImportFile::default();
    let mut seen = Seen::default();
    for Record { line, fields } in records {
        let checked = fields.map_err(EndpointLineRefusal::from).and_then(|fields| {
            seen.check_merchant(fields.find(EndpointColumn::Merchant))?;
            let endpoint = check(line, &fields)?;
            seen.check_once(&endpoint)?;
            Ok(endpoint)
        });
        match checked {
            Ok(endpoint) => read.endpoints.push(endpoint),
            Err(refusal) => read.refused.push(RefusedEndpoint { line, refusal }),
        }
        if let (true, Some(first)) = (read.refused.len() > REFUSED_MAX, read.refused.first()) {
            let RefusedEndpoint { line, refusal } = first.clone();
            return Err(EndpointImportFileError::TooManyRefused { line, refusal });
        }
    }
    Ok(read)
}

/// What the lines before have said.
#[derive(Default)]
struct Seen {
    /// By address and hash of the secret.
    lines: HashMap<(String, [u8; 32]), u64>,
    merchant: Option<String>,
}

impl Seen {
    fn check_merchant(&mut self, merchant: Option<&str>) -> Result<(), EndpointLineRefusal> {
        let Some(merchant) = merchant else {
            return Ok(());
        };
        let first = self.merchant.get_or_insert_with(|| merchant.to_owned());
        if first == merchant { Ok(()) } else { Err(EndpointLineRefusal::OtherMerchant) }
    }

    fn check_once(&mut self, endpoint: &ImportedEndpoint) -> Result<(), EndpointLineRefusal> {
        let secret = blake3::hash(endpoint.secret.expose().as_bytes());
        match self.lines.entry((endpoint.url.as_str().to_owned(), *secret.as_bytes())) {
            Entry::Occupied(first) => Err(EndpointLineRefusal::Repeated(*first.get())),
            Entry::Vacant(free) => {
                free.insert(endpoint.line);
                Ok(())
            }
        }
    }
}
