//! A request as programs send it: for the shell, PHP, Node, Python and Rust.
//!
//! *Threat:* a text of the document ends the literal that it stands in, and whoever copies the snippet runs it. *Defence:* each language
//! has one function that writes a literal, which is tested with any text; what no literal of all five can hold is taken out before.
//! The key is never in a snippet: it comes from the environment.

mod curl;
mod languages;
mod literal;
mod node;
mod php;
mod python;
mod request;
mod rust;

pub(super) use languages::{Snippet, snippets};
pub(super) use request::{Proof, SampleRequest, encoded};

use languages::{KEY, TIMEOUT_SECONDS};
