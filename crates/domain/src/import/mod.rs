//! Files of OwnPay's tables: read into texts under the names of its columns, row by row, so that one wrong row keeps no other out.
//!
//! What the texts mean is for the slice that takes them over.

mod fault;
mod json;
mod record;
mod table;

pub(crate) use fault::{FileFault, RecordFault};
pub(crate) use json::records as json_records;
pub(crate) use record::{Column, Fields, Record};
pub(crate) use table::records as table_records;
