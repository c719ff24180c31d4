//! JSON: a list of objects, or an object a line.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::file::ImportFileError;
use super::record::{Column, Fields, Record};
use super::refusal::LineRefusal;

/// Longest entry, as of a table.
const ENTRY_BYTES_MAX: usize = 8_192;

/// The entries of the file.
pub(super) fn records(text: &str) -> Result<Vec<Record>, ImportFileError> {
    if text.trim_start().starts_with('[') {
        let entries: Vec<&RawValue> = serde_json::from_str(text).map_err(ImportFileError::NotJson)?;
        return Ok((1..).zip(entries).map(|(line, entry)| Record { line, fields: fields(entry.get()) }).collect());
    }
    let lines = (1..).zip(text.lines()).filter(|(_, entry)| !entry.trim().is_empty());
    Ok(lines.map(|(line, entry)| Record { line, fields: fields(entry) }).collect())
}

fn fields(entry: &str) -> Result<Fields, LineRefusal> {
    if entry.len() > ENTRY_BYTES_MAX {
        return Err(LineRefusal::TooLong);
    }
    let object: Map<String, Value> = serde_json::from_str(entry).ok().ok_or(LineRefusal::NotAnObject)?;
    let mut fields = Fields::default();
    for (name, value) in object {
        let Some(column) = Column::parse(&name) else {
            continue;
        };
        match value {
            Value::Null => {}
            Value::String(text) => fields.put(column, text),
            Value::Array(_) if column == Column::Scopes => fields.put(column, value.to_string()),
            Value::Number(_) if column == Column::Merchant => fields.put(column, value.to_string()),
            _ => return Err(LineRefusal::NotAnObject),
        }
    }
    Ok(fields)
}
