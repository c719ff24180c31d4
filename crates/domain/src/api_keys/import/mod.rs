//! OwnPay's keys, as a table or JSON tells them: read, checked line by line, and taken over by their SHA-256.
//!
//! *Threat:* a file that makes keys which may do more than OwnPay's ever did, that belong to somebody else, or that lets one wrong line
//! keep the others out. *Defence:* only OwnPay's own three scopes are taken, a file holds one merchant, each line is judged by itself,
//! and what is not right is refused with its line and what to change, never with what stood there. *Not defended:* whoever may import
//! may bring in a key whose token only they know: importing needs what issuing needs.
//! *Source:* OwnPay wire contract §1.1 to §1.4.

mod file;
mod json;
mod record;
mod refusal;
mod row;
mod table;

pub use file::{ImportFile, ImportFileError, ImportFormat, ImportOptions, REFUSED_MAX, ROWS_MAX, read_import};
pub use refusal::{LineRefusal, RefusedLine};
pub use row::{ImportedKey, TokenSha256};
