//! JSON: a list of objects, or an object a line.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Column, Fields, FileFault, Record, RecordFault};

/// Longest entry, as of a table.
const ENTRY_BYTES_MAX: usize = 8_192;

/// The entries of the file.
pub(crate) fn records<C: Column>(text: &str) -> Result<Vec<Record<C>>, FileFault> {
    if text.trim_start().starts_with('[') {
        let entries: Vec<&RawValue> = serde_json::from_str(text).map_err(FileFault::NotJson)?;
        return Ok((1..).zip(entries).map(|(line, entry)| Record { line, fields: fields(entry.get()) }).collect());
    }
    let lines = (1..).zip(text.lines()).filter(|(_, entry)| !entry.trim().is_empty());
    Ok(lines.map(|(line, entry)| Record { line, fields: fields(entry) }).collect())
}

fn fields<C: Column>(entry: &str) -> Result<Fields<C>, RecordFault> {
    if entry.len() > ENTRY_BYTES_MAX {
        return Err(RecordFault::TooLong);
    }
    let object: Map<String, Value> = serde_json::from_str(entry).ok().ok_or(RecordFault::NotAnObject)?;
    let mut fields = Fields::default();
    for (name, value) in object {
        let Some(column) = C::parse(&name) else {
            continue;
        };
        match value {
            Value::Null => {}
            Value::String(text) => fields.put(column, text),
            value if column.takes(&value) => fields.put(column, value.to_string()),
            _ => return Err(RecordFault::NotAnObject),
        }
    }
    Ok(fields)
}
