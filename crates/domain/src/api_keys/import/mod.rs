//! OwnPay's keys, as a table or JSON tells them: read, checked line by line, and taken over by their SHA-256.
//!
//! *Threat:* a file that makes keys which may do more than OwnPay's ever did, that belong to somebody else, or that lets one wrong line
//! keep the others out. A digest proves nothing: OwnPay keeps the bare SHA-256 of a token, so that whoever has seen a dump knows
//! digests of other merchants, and whoever imports one first has its key; the refusal of the second tells that the first has it. A token
//! that was issued here has a SHA-256 too, by which its key is not found: imported, it would be a second key of the same token, which
//! outlives the first.
//! *Defence:* only OwnPay's own three scopes are taken, a file holds one merchant, each line is judged by itself, and what is not right is
//! refused with its line and what to change, never with what stood there. Over the API only keys of the installation's own workspace
//! import, as the command line does, and only they are told that another workspace has a key. The key of a token is looked for before
//! the one of its SHA-256, in memory only where all keys are there, so that a revoked key stays refused. *Not defended:* whoever runs the
//! installation may give any digest to any workspace, and may bring in a key whose token only they know.
//! *Source:* OwnPay wire contract §1.1 to §1.4.

mod column;
mod file;
mod refusal;
mod row;

pub use file::{ImportFile, ImportFileError, ImportFormat, ImportOptions, REFUSED_MAX, ROWS_MAX, read_import};
pub use refusal::{LineRefusal, RefusedLine};
pub use row::{ImportedKey, TokenSha256};
