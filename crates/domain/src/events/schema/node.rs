//! A compiled schema: a list of nodes that name each other by position, so that a reference back is no cycle in memory.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Number, Value};

use super::pattern::Pattern;

/// The position of a node.
pub(super) type NodeId = usize;

/// One schema within the schema.
#[derive(Debug)]
pub(super) enum Node {
    /// `true` or `false`.
    Always(bool),
    /// All of these must hold.
    Rules(Vec<Rule>),
}

/// What one word of a schema asks for.
#[derive(Debug)]
pub(super) enum Rule {
    Type(Vec<Kind>),
    /// The canonical texts of the values, and how they are named in a complaint.
    Enum {
        values: HashSet<String>,
        told: String,
    },
    Number(NumberRule, Number),
    /// Characters of a text, items of an array, or fields of an object.
    Size(SizeRule, usize),
    Pattern(Pattern),
    UniqueItems,
    Items {
        prefix: Vec<NodeId>,
        rest: Option<NodeId>,
    },
    Contains {
        node: NodeId,
        min: usize,
        max: Option<usize>,
    },
    Fields(Fields),
    PropertyNames(NodeId),
    Required(Vec<String>),
    DependentRequired(BTreeMap<String, Vec<String>>),
    DependentSchemas(BTreeMap<String, NodeId>),
    Ref(NodeId),
    AllOf(Vec<NodeId>),
    AnyOf(Vec<NodeId>),
    OneOf(Vec<NodeId>),
    Not(NodeId),
    If {
        condition: NodeId,
        then: Option<NodeId>,
        otherwise: Option<NodeId>,
    },
}

/// `properties`, `patternProperties` and `additionalProperties`, which say together what a field must be.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) named: BTreeMap<String, NodeId>,
    pub(super) patterns: Vec<(Pattern, NodeId)>,
    pub(super) additional: Option<NodeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberRule {
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
    MultipleOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SizeRule {
    MinLength,
    MaxLength,
    MinItems,
    MaxItems,
    MinProperties,
    MaxProperties,
}

/// A type of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Object,
    Array,
    Number,
    Integer,
    String,
}

impl Kind {
    pub(super) const ALL: [Self; 7] =
        [Self::Null, Self::Boolean, Self::Object, Self::Array, Self::Number, Self::Integer, Self::String];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::String => "string",
        }
    }

    pub(super) fn holds(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Integer, Value::Number(number)) => super::number::is_integer(number),
            (Self::Null, Value::Null)
            | (Self::Boolean, Value::Bool(_))
            | (Self::Object, Value::Object(_))
            | (Self::Array, Value::Array(_))
            | (Self::Number, Value::Number(_))
            | (Self::String, Value::String(_)) => true,
            _ => false,
        }
    }
}

impl Rule {
    /// The nodes that the same value is held against: a way through these alone goes no deeper into the payload.
    pub(super) fn in_place(&self) -> Vec<NodeId> {
        match self {
            Self::Ref(node) | Self::Not(node) => vec![*node],
            Self::AllOf(nodes) | Self::AnyOf(nodes) | Self::OneOf(nodes) => nodes.clone(),
            Self::DependentSchemas(nodes) => nodes.values().copied().collect(),
            Self::If { condition, then, otherwise } => {
                [Some(*condition), *then, *otherwise].into_iter().flatten().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A way from the root through nodes of the same value that comes back to a node it has passed; `None` when there is none.
pub(super) fn endless(nodes: &[Node]) -> Option<NodeId> {
    let mut done = BTreeSet::new();
    for start in 0..nodes.len() {
        let mut on_way = BTreeSet::new();
        let mut to_visit = vec![(start, false)];
        while let Some((id, is_over)) = to_visit.pop() {
            if is_over {
                on_way.remove(&id);
                done.insert(id);
                continue;
            }
            if done.contains(&id) {
                continue;
            }
            if !on_way.insert(id) {
                return Some(id);
            }
            to_visit.push((id, true));
            if let Some(Node::Rules(rules)) = nodes.get(id) {
                to_visit.extend(rules.iter().flat_map(Rule::in_place).map(|next| (next, false)));
            }
        }
    }
    None
}
