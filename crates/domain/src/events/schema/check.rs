//! Holds a payload against a schema.

use std::collections::HashSet;

use serde_json::{Map, Number, Value};

use super::compile::Schema;
use super::node::{Fields, Kind, Node, NodeId, NumberRule, Rule, SizeRule};
use super::number::{canonical, compare, is_multiple};
use super::words::cut;

/// Most complaints about one payload: the rest is seen when these are mended.
pub const FAULTS_MAX: usize = 5;
/// What a check may cost: 5 to 30 milliseconds. A payload of the largest default size with 100,000 values needs some 300,000.
pub const STEPS_MAX: usize = 1_000_000;
/// Schemas within schemas at one moment, so that no check exhausts the stack.
const DEPTH_MAX: usize = 256;
/// Longest pointer that a complaint shows. Characters.
const POINTER_CHARS_MAX: usize = 200;
/// Longest name that is shown though the schema does not know it: tokens are longer.
const NAME_BYTES_MAX: usize = 24;
/// Longest pattern that a complaint repeats. Characters.
const PATTERN_CHARS_MAX: usize = 80;
/// So many bytes of a text are looked at in the time of one step.
const BYTES_PER_STEP: usize = 32;
/// So many bytes of a value are written down, to be compared, in the time of one step.
const BYTES_WRITTEN_PER_STEP: usize = 4;

/// What is wrong with a payload at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer; empty for the whole. A name that only the payload knows and that could be a secret stands as `*`.
    pub pointer: String,
    /// What the schema asks for there.
    pub wanted: String,
}

impl Schema {
    /// What is wrong with a payload: at most [`FAULTS_MAX`], none when it satisfies the schema.
    pub fn faults(&self, payload: &[u8]) -> Vec<Fault> {
        let whole = |wanted: String| vec![Fault { pointer: String::new(), wanted }];
        let value: Value = match serde_json::from_slice(payload) {
            Ok(value) => value,
            // It is JSON: what is left is a number that nothing here can hold.
            Err(_) => return whole("must be JSON with numbers that a double can hold".to_owned()),
        };
        let mut check = Check {
            nodes: &self.nodes,
            steps: STEPS_MAX,
            depth: 0,
            is_quiet: false,
            way: Vec::new(),
            faults: Vec::new(),
        };
        match check.holds(Self::ROOT, &value) {
            Ok(_) => check.faults,
            Err(TooCostly) => whole(format!(
                "must be checked against its schema in {STEPS_MAX} steps: make the payload smaller, or the schema simpler"
            )),
        }
    }
}

/// The check would take more steps, or more of the stack, than it may.
struct TooCostly;

type Outcome = Result<bool, TooCostly>;

/// A step on the way to a value.
#[derive(Clone, Copy)]
enum Step<'a> {
    /// A field that the schema names.
    Known(&'a str),
    /// A field that it does not.
    Other(&'a str),
    /// An item.
    Item(usize),
}

struct Check<'a> {
    nodes: &'a [Node],
    steps: usize,
    depth: usize,
    /// Whether a complaint would be of no use: it is about one of several possibilities.
    is_quiet: bool,
    way: Vec<Step<'a>>,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    fn holds(&mut self, id: NodeId, value: &'a Value) -> Outcome {
        if self.depth >= DEPTH_MAX {
            return Err(TooCostly);
        }
        self.depth += 1;
        let nodes = self.nodes;
        let outcome = match nodes.get(id) {
            Some(Node::Rules(rules)) => self.all(rules, |check, rule| check.keeps(rule, value)),
            Some(Node::Always(true)) | None => Ok(true),
            Some(Node::Always(false)) => Ok(self.refuse(|| "must not be there".to_owned())),
        };
        self.depth -= 1;
        outcome
    }

    /// Whether all parts hold. Goes on after the first that does not only while complaints are gathered.
    fn all<T>(
        &mut self,
        parts: impl IntoIterator<Item = T>,
        mut holds: impl FnMut(&mut Self, T) -> Outcome,
    ) -> Outcome {
        let mut outcome = true;
        for part in parts {
            self.spend(1)?;
            outcome &= holds(self, part)?;
            if !outcome && (self.is_quiet || self.faults.len() >= FAULTS_MAX) {
                break;
            }
        }
        Ok(outcome)
    }

    fn keeps(&mut self, rule: &'a Rule, value: &'a Value) -> Outcome {
        match (rule, value) {
            (Rule::Type(kinds), _) => Ok(kinds.iter().any(|kind| kind.holds(value)) || self.refuse(|| of_type(kinds))),
            (Rule::Enum { values, told }, _) => self.is_among(values, told, value),
            (Rule::Number(rule, limit), Value::Number(number)) => Ok(self.number(*rule, limit, number)),
            (Rule::Size(rule, limit), _) => self.size(*rule, *limit, value),
            (Rule::Pattern(pattern), Value::String(text)) => {
                self.spend(pattern.cost(text))?;
                let wanted = || format!("must match the pattern {}", cut(pattern.as_str(), PATTERN_CHARS_MAX));
                Ok(pattern.is_found_in(text) || self.refuse(wanted))
            }
            (Rule::UniqueItems, Value::Array(items)) => self.are_unique(items),
            (Rule::Items { prefix, rest }, Value::Array(items)) => self.items(prefix, *rest, items),
            (Rule::Contains { node, min, max }, Value::Array(items)) => self.contains(*node, (*min, *max), items),
            (Rule::Fields(rules), Value::Object(fields)) => self.fields(rules, fields),
            (Rule::Required(names), Value::Object(fields)) => self.required(names, fields),
            (Rule::DependentRequired(rules), Value::Object(fields)) => {
                let asked = rules.iter().filter(|(name, _)| fields.contains_key(*name));
                self.all(asked, |check, (_, names)| check.required(names, fields))
            }
            (Rule::DependentSchemas(rules), Value::Object(fields)) => {
                let asked = rules.iter().filter(|(name, _)| fields.contains_key(*name));
                self.all(asked, |check, (_, node)| check.holds(*node, value))
            }
            (Rule::PropertyNames(node), Value::Object(fields)) => self.names(*node, fields),
            (Rule::Ref(_) | Rule::AllOf(_) | Rule::AnyOf(_) | Rule::OneOf(_) | Rule::Not(_) | Rule::If { .. }, _) => {
                self.combined(rule, value)
            }
            // A rule for values of another type says nothing about this one.
            _ => Ok(true),
        }
    }

    fn combined(&mut self, rule: &'a Rule, value: &'a Value) -> Outcome {
        match rule {
            Rule::Ref(node) => self.holds(*node, value),
            Rule::AllOf(nodes) => self.all(nodes, |check, node| check.holds(*node, value)),
            Rule::AnyOf(nodes) => {
                let count = self.count(nodes, 1, value)?;
                Ok(count > 0 || self.refuse(|| "must be one of the possibilities of anyOf".to_owned()))
            }
            Rule::OneOf(nodes) => {
                let count = self.count(nodes, 2, value)?;
                Ok(count == 1 || self.refuse(|| "must be exactly one of the possibilities of oneOf".to_owned()))
            }
            Rule::Not(node) => {
                let is_excluded = self.quietly(*node, value)?;
                Ok(!is_excluded || self.refuse(|| "must not be what the schema excludes by not".to_owned()))
            }
            Rule::If { condition, then, otherwise } => {
                let asked = if self.quietly(*condition, value)? { then } else { otherwise };
                asked.map_or(Ok(true), |node| self.holds(node, value))
            }
            _ => Ok(true),
        }
    }

    /// How many of the nodes a value satisfies; not counted beyond `enough`.
    fn count(&mut self, nodes: &[NodeId], enough: usize, value: &'a Value) -> Result<usize, TooCostly> {
        let mut count = 0;
        for node in nodes {
            self.spend(1)?;
            count += usize::from(self.quietly(*node, value)?);
            if count == enough {
                break;
            }
        }
        Ok(count)
    }

    fn quietly(&mut self, node: NodeId, value: &'a Value) -> Outcome {
        let was_quiet = std::mem::replace(&mut self.is_quiet, true);
        let outcome = self.holds(node, value);
        self.is_quiet = was_quiet;
        outcome
    }

    fn is_among(&mut self, values: &HashSet<String>, told: &str, value: &Value) -> Outcome {
        let text = canonical(value);
        self.spend(text.len() / BYTES_WRITTEN_PER_STEP)?;
        Ok(values.contains(&text) || self.refuse(|| format!("must be one of {told}")))
    }

    fn number(&mut self, rule: NumberRule, limit: &Number, number: &Number) -> bool {
        let order = compare(number, limit);
        let (holds, wanted) = match rule {
            NumberRule::Minimum => (order.is_ge(), "at least"),
            NumberRule::Maximum => (order.is_le(), "at most"),
            NumberRule::ExclusiveMinimum => (order.is_gt(), "greater than"),
            NumberRule::ExclusiveMaximum => (order.is_lt(), "less than"),
            NumberRule::MultipleOf => (is_multiple(number, limit), "a multiple of"),
        };
        holds || self.refuse(|| format!("must be {wanted} {limit}"))
    }

    fn size(&mut self, rule: SizeRule, limit: usize, value: &Value) -> Outcome {
        let (size, what) = match (rule, value) {
            (SizeRule::MinLength | SizeRule::MaxLength, Value::String(text)) => {
                self.spend(text.len() / BYTES_PER_STEP)?;
                (text.chars().count(), "characters")
            }
            (SizeRule::MinItems | SizeRule::MaxItems, Value::Array(items)) => (items.len(), "items"),
            (SizeRule::MinProperties | SizeRule::MaxProperties, Value::Object(fields)) => (fields.len(), "fields"),
            _ => return Ok(true),
        };
        let (holds, wanted) = match rule {
            SizeRule::MinLength | SizeRule::MinItems | SizeRule::MinProperties => (size >= limit, "at least"),
            SizeRule::MaxLength | SizeRule::MaxItems | SizeRule::MaxProperties => (size <= limit, "at most"),
        };
        Ok(holds || self.refuse(|| format!("must have {wanted} {limit} {what}")))
    }

    fn are_unique(&mut self, items: &[Value]) -> Outcome {
        let mut seen = HashSet::with_capacity(items.len());
        for item in items {
            let text = canonical(item);
            self.spend(1 + text.len() / BYTES_WRITTEN_PER_STEP)?;
            if !seen.insert(text) {
                return Ok(self.refuse(|| "must not hold an item twice".to_owned()));
            }
        }
        Ok(true)
    }

    fn items(&mut self, prefix: &[NodeId], rest: Option<NodeId>, items: &'a [Value]) -> Outcome {
        let nodes = prefix.iter().copied().map(Some).chain(std::iter::repeat(rest));
        let asked = nodes.zip(items).enumerate().map_while(|(at, (node, item))| node.map(|node| (at, node, item)));
        self.all(asked, |check, (at, node, item)| check.at(Step::Item(at), node, item))
    }

    fn contains(&mut self, node: NodeId, (min, max): (usize, Option<usize>), items: &'a [Value]) -> Outcome {
        let mut count = 0_usize;
        for item in items {
            self.spend(1)?;
            count += usize::from(self.quietly(node, item)?);
        }
        let fits = count >= min && max.is_none_or(|max| count <= max);
        let most = max.map_or_else(String::new, |max| format!(" and at most {max}"));
        Ok(fits || self.refuse(|| format!("must hold at least {min}{most} of the items that contains describes")))
    }

    fn fields(&mut self, rules: &'a Fields, fields: &'a Map<String, Value>) -> Outcome {
        self.all(fields, |check, (name, value)| {
            let named = rules.named.get(name);
            let step = if named.is_some() { Step::Known(name) } else { Step::Other(name) };
            let mut outcome = match named {
                Some(node) => check.at(step, *node, value)?,
                None => true,
            };
            let mut is_additional = named.is_none();
            for (pattern, node) in &rules.patterns {
                check.spend(pattern.cost(name))?;
                if pattern.is_found_in(name) {
                    is_additional = false;
                    outcome &= check.at(step, *node, value)?;
                }
            }
            match rules.additional {
                Some(node) if is_additional => Ok(outcome & check.at(step, node, value)?),
                _ => Ok(outcome),
            }
        })
    }

    fn required(&mut self, names: &'a [String], fields: &Map<String, Value>) -> Outcome {
        self.all(names, |check, name| {
            if fields.contains_key(name) {
                return Ok(true);
            }
            check.way.push(Step::Known(name));
            let outcome = check.refuse(|| "must be there".to_owned());
            check.way.pop();
            Ok(outcome)
        })
    }

    /// Names are held against a schema as texts. They belong to no place in the payload, so that they are checked on their own.
    fn names(&mut self, node: NodeId, fields: &'a Map<String, Value>) -> Outcome {
        self.all(fields.keys(), |check, name| {
            let text = Value::String(name.clone());
            let mut own = Check {
                steps: check.steps,
                depth: check.depth,
                is_quiet: true,
                way: Vec::new(),
                faults: Vec::new(),
                nodes: check.nodes,
            };
            let outcome = own.holds(node, &text)?;
            check.steps = own.steps;
            Ok(outcome || check.refuse(|| "must have no field whose name the schema excludes".to_owned()))
        })
    }

    fn at(&mut self, step: Step<'a>, node: NodeId, value: &'a Value) -> Outcome {
        self.way.push(step);
        let outcome = self.holds(node, value);
        self.way.pop();
        outcome
    }

    fn spend(&mut self, steps: usize) -> Result<(), TooCostly> {
        self.steps = self.steps.checked_sub(steps).ok_or(TooCostly)?;
        Ok(())
    }

    /// Complains, and says that something does not hold.
    fn refuse(&mut self, wanted: impl FnOnce() -> String) -> bool {
        if !self.is_quiet && self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { pointer: pointer(&self.way), wanted: wanted() });
        }
        false
    }
}

fn of_type(kinds: &[Kind]) -> String {
    let words: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
    format!("must be of type {}", words.join(" or "))
}

fn pointer(way: &[Step<'_>]) -> String {
    let step = |step: &Step<'_>| match *step {
        Step::Item(at) => format!("/{at}"),
        Step::Other(name) if !is_plain(name) => "/*".to_owned(),
        Step::Known(name) | Step::Other(name) => format!("/{}", name.replace('~', "~0").replace('/', "~1")),
    };
    cut(&way.iter().map(step).collect::<String>(), POINTER_CHARS_MAX)
}

/// Whether a name is one that people give to fields, and no secret.
fn is_plain(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(fits)
}
