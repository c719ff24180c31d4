//! Values that know where they stand.

use std::collections::HashSet;

use serde_json::Value;

use super::{NESTING_MAX, VALUES_MAX};
use crate::reference::pointer::{push, tokens};
use crate::reference::{Fault, Problem};

/// Where in a text: line and column, from 1.
pub(super) type Position = (usize, usize);

/// A value of a document.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) position: Position,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Scalar(Value),
    List(Vec<Node>),
    /// In the order of the text; no name stands twice.
    Members(Vec<(String, Node)>),
}

impl Node {
    /// Where the value stands to which a pointer leads, or what is nearest above it.
    pub(super) fn position(&self, pointer: &str) -> Position {
        let mut at = self;
        for token in tokens(pointer) {
            let below = match &at.content {
                Content::Scalar(_) => None,
                Content::List(entries) => token.parse().ok().and_then(|number: usize| entries.get(number)),
                Content::Members(members) => members.iter().find(|(name, _)| *name == token).map(|(_, node)| node),
            };
            let Some(below) = below else { break };
            at = below;
        }
        at.position
    }
}

/// As deep as the text was, which is bounded.
impl From<&Node> for Value {
    fn from(node: &Node) -> Self {
        match &node.content {
            Content::Scalar(value) => value.clone(),
            Content::List(entries) => Self::Array(entries.iter().map(Self::from).collect()),
            Content::Members(members) => {
                Self::Object(members.iter().map(|(name, node)| (name.clone(), Self::from(node))).collect())
            }
        }
    }
}

/// A list or an object that is not at its end.
#[derive(Debug)]
struct Open {
    node: Node,
    /// The name that the next value has, in an object.
    name: Option<String>,
    names: HashSet<String>,
}

/// Puts values together as a parser meets them, within the bounds.
#[derive(Debug, Default)]
pub(super) struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    values: usize,
}

impl Builder {
    /// A list or an object begins.
    pub(super) fn begin(&mut self, position: Position, content: Content) -> Result<(), Fault> {
        self.count(position)?;
        if self.open.len() >= NESTING_MAX {
            return Err(self.fault(position, Problem::TooDeep { depth_max: NESTING_MAX }));
        }
        self.open.push(Open { node: Node { position, content }, name: None, names: HashSet::new() });
        Ok(())
    }

    /// The list or object that began last ends.
    pub(super) fn end(&mut self) {
        if let Some(open) = self.open.pop() {
            self.put(open.node);
        }
    }

    /// A value without parts.
    pub(super) fn scalar(&mut self, position: Position, value: Value) -> Result<(), Fault> {
        self.count(position)?;
        self.put(Node { position, content: Content::Scalar(value) });
        Ok(())
    }

    /// Whether what comes next is a name.
    pub(super) fn wants_name(&self) -> bool {
        let last = self.open.last();
        last.is_some_and(|open| matches!(open.node.content, Content::Members(_)) && open.name.is_none())
    }

    /// The name of the next value.
    pub(super) fn name(&mut self, position: Position, name: String) -> Result<(), Fault> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        if !open.names.insert(name.clone()) {
            let name = name.chars().take(100).collect();
            return Err(self.fault(position, Problem::Duplicate { name }));
        }
        open.name = Some(name);
        Ok(())
    }

    /// The whole document; `None` when there was none.
    pub(super) fn finish(self) -> Option<Node> {
        self.root
    }

    /// What is wrong at a position, in the value that is being read.
    pub(super) fn fault(&self, position: Position, problem: Problem) -> Fault {
        let mut pointer = String::new();
        for open in &self.open {
            match (&open.node.content, &open.name) {
                (Content::List(entries), _) => {
                    pointer.push('/');
                    pointer.push_str(&entries.len().to_string());
                }
                (_, Some(name)) => push(&mut pointer, name),
                _ => {}
            }
        }
        Fault { pointer, position: Some(position), problem }
    }

    fn count(&mut self, position: Position) -> Result<(), Fault> {
        self.values += 1;
        if self.values > VALUES_MAX {
            return Err(self.fault(position, Problem::TooMany { what: "values", max: VALUES_MAX }));
        }
        Ok(())
    }

    fn put(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.node.content {
            Content::Scalar(_) => {}
            Content::List(entries) => entries.push(node),
            Content::Members(members) => members.extend(open.name.take().map(|name| (name, node))),
        }
    }
}
