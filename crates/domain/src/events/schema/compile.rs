//! From the text of a schema to its compiled form.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::ptr;

use serde_json::Value;

use super::SchemaError;
use super::node::{Node, NodeId, endless};
use super::words::rules_of;
use crate::json::depth;

/// Largest schema: it is read with each list of types, and stands in memory compiled. 64 KiB.
pub const SCHEMA_BYTES_MAX: usize = 64 * 1024;
/// Deepest nesting of a schema. Levels.
pub(super) const SCHEMA_DEPTH_MAX: usize = 64;
/// Most schemas within a schema: its memory, and the time that compiling takes.
pub(super) const NODES_MAX: usize = 2_000;
/// Longest pointer that a complaint shows. Bytes.
const POINTER_BYTES_MAX: usize = 200;

/// The draft that is understood.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A schema that is ready to check payloads.
pub struct Schema {
    pub(super) nodes: Vec<Node>,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

impl Schema {
    /// The position of the whole schema.
    pub(super) const ROOT: NodeId = 0;

    /// Compiles a schema from its text.
    ///
    /// # Errors
    /// [`SchemaError`] when it is too large, no JSON, no schema of draft 2020-12, refers to something outside itself, or never ends.
    pub fn compile(text: &str) -> Result<Self, SchemaError> {
        if text.len() > SCHEMA_BYTES_MAX {
            return Err(SchemaError::TooLarge(text.len()));
        }
        if depth(text.as_bytes()) > SCHEMA_DEPTH_MAX {
            return Err(SchemaError::TooDeep);
        }
        let root: Value = serde_json::from_str(text).map_err(|error| SchemaError::NotJson(error.to_string()))?;
        let mut plan = Plan::new(&root);
        plan.node(&root, &Place::root())?;
        let mut nodes = Vec::new();
        while let Some((value, place)) = plan.waiting.pop_front() {
            nodes.push(compiled(value, &place, &mut plan)?);
        }
        match endless(&nodes).and_then(|node| plan.places.get(node)) {
            Some(place) => {
                Err(place.refuse("comes back to itself without going deeper into the payload: it has no end"))
            }
            None => Ok(Self { nodes }),
        }
    }
}

fn compiled<'a>(value: &'a Value, place: &Place, plan: &mut Plan<'a>) -> Result<Node, SchemaError> {
    match value {
        Value::Bool(always) => Ok(Node::Always(*always)),
        Value::Object(words) => {
            if place.is_root() && words.get("$schema").is_some_and(|draft| !is_draft(draft)) {
                return Err(place.below("$schema").refuse(&format!("must be \"{DRAFT}\", or left out")));
            }
            rules_of(words, place, plan).map(Node::Rules)
        }
        _ => Err(place.refuse("a schema must be an object, true or false")),
    }
}

fn is_draft(draft: &Value) -> bool {
    draft.as_str().is_some_and(|draft| draft.trim_end_matches('#') == DRAFT)
}

/// Where in the schema something stands, as a JSON pointer that may be cut.
#[derive(Clone, Debug)]
pub(super) struct Place(String);

impl Place {
    const fn root() -> Self {
        Self(String::new())
    }

    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of a part of what stands here.
    pub(super) fn below(&self, step: &str) -> Self {
        if self.0.len() + step.len() > POINTER_BYTES_MAX {
            let cut = self.0.trim_end_matches("/…");
            return Self(format!("{cut}/…"));
        }
        Self(format!("{}/{}", self.0, step.replace('~', "~0").replace('/', "~1")))
    }

    /// The error that names this place.
    pub(super) fn refuse(&self, problem: &str) -> SchemaError {
        SchemaError::Invalid { pointer: self.0.clone(), problem: problem.to_owned() }
    }
}

/// The nodes of a schema: those that wait to be compiled, in the order of their positions.
///
/// What stands inside what does not matter here, so that neither deep schemas nor long ways of references deepen the stack.
pub(super) struct Plan<'a> {
    root: &'a Value,
    /// By the address of the value, which does not move meanwhile.
    known: HashMap<usize, NodeId>,
    waiting: VecDeque<(&'a Value, Place)>,
    places: Vec<Place>,
}

impl<'a> Plan<'a> {
    fn new(root: &'a Value) -> Self {
        Self { root, known: HashMap::new(), waiting: VecDeque::new(), places: Vec::new() }
    }

    /// The position of the node for a schema, which is compiled later if it was not met before.
    pub(super) fn node(&mut self, value: &'a Value, place: &Place) -> Result<NodeId, SchemaError> {
        let address = ptr::from_ref(value).addr();
        if let Some(known) = self.known.get(&address) {
            return Ok(*known);
        }
        let id = self.known.len();
        if id >= NODES_MAX {
            return Err(SchemaError::TooManyNodes);
        }
        self.known.insert(address, id);
        self.waiting.push_back((value, place.clone()));
        self.places.push(place.clone());
        Ok(id)
    }

    /// The node that a `$ref` names.
    pub(super) fn referred(&mut self, reference: &Value, place: &Place) -> Result<NodeId, SchemaError> {
        let Some(pointer) = reference.as_str().and_then(|text| text.strip_prefix('#')) else {
            return Err(place.refuse("$ref must begin with # and stay inside the schema: nothing is fetched"));
        };
        let Some(pointer) = percent_decoded(pointer) else {
            return Err(place.refuse("$ref has a % that does not stand before two hexadecimal digits of UTF-8"));
        };
        match self.root.pointer(&pointer) {
            Some(value) => self.node(value, &Place(pointer).shortened()),
            None => {
                Err(place.refuse("$ref must be # or a JSON pointer to a schema that exists, such as #/$defs/amount"))
            }
        }
    }
}

impl Place {
    /// A pointer that came from outside, within the bounds of ours.
    fn shortened(self) -> Self {
        if self.0.len() > POINTER_BYTES_MAX { Self("/…".to_owned()) } else { self }
    }
}

/// Pointers stand in fragments of URIs, which encode what URIs cannot hold. *Source:* RFC 6901 §6.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
