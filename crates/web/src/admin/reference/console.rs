//! The console: sends the request of an operation from the page, with a key that stays in it.
//!
//! *Threat:* a key leaves the page: into an address, a form, a log, the next page. *Defence:* its field has no name, so that no form
//! sends it; a script of ours alone reads it, for one header of one request, without cookies; it is emptied when the page is left.
//! What is answered is written as text. *Not defended:* extensions of the browser, and who looks over the shoulder.

use devhub_domain::reference::{Operation, Parameter, ParameterPlace};

use super::connect::ConnectTo;
use super::filled::{body, placed, proof, value};
use super::snippets::Proof;
use super::source::Source;

/// What the console of one operation needs.
pub(super) struct Console {
    pub(super) method: String,
    /// Whether it asks first.
    pub(super) is_write: bool,
    /// What stands before the path: nothing for the hub itself, which the page is of.
    pub(super) base: String,
    pub(super) path: String,
    /// The header that holds the key, and what stands before it; empty where no key is asked for.
    pub(super) header: String,
    pub(super) scheme: &'static str,
    pub(super) fields: Vec<ConsoleField>,
    /// The media type and the text to begin with.
    pub(super) body: Option<(String, String)>,
    /// Where else the request goes.
    pub(super) elsewhere: Option<String>,
}

/// A value that can be typed.
pub(super) struct ConsoleField {
    pub(super) id: String,
    pub(super) place: &'static str,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) is_required: bool,
}

impl Console {
    /// The console of an operation; `None` where the page may not send its request.
    pub(super) fn new(source: &Source, operation: &Operation, connect: &ConnectTo) -> Option<Self> {
        let base = if source.is_own { String::new() } else { source.base_url(Some(operation), "") };
        if !source.is_own && !connect.allows(&base) {
            return None;
        }
        let (header, scheme) = match proof(operation) {
            Proof::Bearer => ("Authorization".to_owned(), "Bearer "),
            Proof::Header(name) => (name, ""),
            Proof::None => (String::new(), ""),
        };
        let places = [ParameterPlace::Path, ParameterPlace::Query, ParameterPlace::Header];
        let parameters = places.into_iter().flat_map(|place| placed(operation, place));
        Some(Self {
            method: operation.method.clone(),
            is_write: !matches!(operation.method.as_str(), "GET" | "HEAD" | "OPTIONS"),
            elsewhere: (!source.is_own).then(|| base.clone()),
            base,
            path: operation.path.clone(),
            header,
            scheme,
            fields: parameters.enumerate().map(field).collect(),
            body: body(operation),
        })
    }
}

fn field((at, parameter): (usize, &Parameter)) -> ConsoleField {
    ConsoleField {
        id: format!("console-{at}"),
        place: parameter.place.as_str(),
        name: parameter.name.clone(),
        value: if parameter.required { value(parameter) } else { String::new() },
        is_required: parameter.required,
    }
}
