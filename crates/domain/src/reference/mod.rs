//! The reference of an API, read from its OpenAPI document and made for people who look at it.
//!
//! A document is read once into a [`Reference`]: everything that a page shows is in it, in the order in which it is shown, and
//! nothing refers to anything outside. The reader trusts nothing: a document may come from anybody whom an administrator trusts
//! with a file, and must neither exhaust the memory nor hide from whoever uploads it what is wrong with it.

mod cache;
mod document;
mod example;
mod fault;
mod kept;
mod markdown;
mod model;
mod pointer;
mod ports;
mod read;
mod schema;
mod service;
mod text;

pub use self::document::{DocumentSummary, ReferenceDocument};
pub use self::example::Example;
pub use self::fault::{Fault, Problem};
pub use self::kept::{KeptReference, ReadReference, WrittenMarkdown};
pub use self::markdown::{markdown, markdown_line};
pub use self::model::{
    BaseUrl, Body, Group, Header, MediaType, Operation, Parameter, ParameterPlace, Reference, Response, Security,
    SecurityKind,
};
pub use self::ports::ReferenceDocumentTx;
pub use self::read::{DEPTH_MAX, NODES_MAX, OPERATIONS_MAX, TEXT_BYTES_MAX, read, read_schema};
pub use self::schema::{Property, Schema, Variants};
pub use self::service::{DocumentError, ReferenceDocuments};
pub use self::text::{DOCUMENT_BYTES_MAX, Format, NESTING_MAX, VALUES_MAX, read_text, text_of};
