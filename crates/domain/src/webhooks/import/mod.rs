//! OwnPay's webhook endpoints, as a table or JSON tells them: read, and checked line by line.
//!
//! *Threat:* one wrong line keeps the others out; what is refused is repeated on a terminal or in a log; an endpoint that OwnPay sent
//! nothing gets everything, or the other way round.
//! *Defence:* each line is judged by itself and told by its number, never with its secret; which events an endpoint wants must be said. A
//! file holds one merchant. *Not defended:* the file itself, which holds secrets: remove it afterwards.
//! *Source:* OwnPay wire contract §4.1, §4.2.

mod column;
mod file;
mod refusal;
mod row;

pub use file::{ENDPOINT_ROWS_MAX, EndpointImportFile, EndpointImportFileError, read_endpoint_import};
pub use refusal::{EndpointLineRefusal, RefusedEndpoint};
pub use row::ImportedEndpoint;
