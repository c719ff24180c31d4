//! The words of a schema, read into rules.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::SchemaError;
use super::compile::{Place, Plan};
use super::node::{Fields, Kind, NodeId, NumberRule, Rule, SizeRule};
use super::number::{canonical, count};
use super::pattern::Pattern;

/// Longest list of values that a complaint repeats from the schema. Characters.
const TOLD_CHARS_MAX: usize = 120;

/// Words that change what a schema means and are not understood, with what to do instead.
const REFUSED: &[(&str, &str)] = &[
    ("$anchor", "is not understood: refer to a JSON pointer such as #/$defs/amount"),
    ("$dynamicAnchor", "is not understood"),
    ("$dynamicRef", "is not understood: use $ref"),
    ("$recursiveAnchor", "is of an older draft"),
    ("$recursiveRef", "is of an older draft: use $ref"),
    ("$vocabulary", "is not understood"),
    ("additionalItems", "is of an older draft: use items beside prefixItems"),
    ("dependencies", "is of an older draft: use dependentRequired or dependentSchemas"),
    ("unevaluatedItems", "is not understood: use items"),
    ("unevaluatedProperties", "is not understood: use additionalProperties"),
];

const NUMBERS: &[(&str, NumberRule)] = &[
    ("minimum", NumberRule::Minimum),
    ("maximum", NumberRule::Maximum),
    ("exclusiveMinimum", NumberRule::ExclusiveMinimum),
    ("exclusiveMaximum", NumberRule::ExclusiveMaximum),
    ("multipleOf", NumberRule::MultipleOf),
];

const SIZES: &[(&str, SizeRule)] = &[
    ("minLength", SizeRule::MinLength),
    ("maxLength", SizeRule::MaxLength),
    ("minItems", SizeRule::MinItems),
    ("maxItems", SizeRule::MaxItems),
    ("minProperties", SizeRule::MinProperties),
    ("maxProperties", SizeRule::MaxProperties),
];

/// Makes a rule of several schemas.
type Combine = fn(Vec<NodeId>) -> Rule;

const COMBINED: [(&str, Combine); 3] = [("allOf", Rule::AllOf), ("anyOf", Rule::AnyOf), ("oneOf", Rule::OneOf)];

/// The rules of a schema, cheap ones first. Words that nobody knows are notes, as the draft has it.
pub(super) fn rules_of<'a>(
    words: &'a Map<String, Value>,
    place: &Place,
    plan: &mut Plan<'a>,
) -> Result<Vec<Rule>, SchemaError> {
    let mut reader = Reader { words, place, plan, rules: Vec::new() };
    reader.refuse_unknown()?;
    reader.values()?;
    reader.arrays()?;
    reader.objects()?;
    reader.combined()?;
    Ok(reader.rules)
}

struct Reader<'a, 'p> {
    words: &'a Map<String, Value>,
    place: &'p Place,
    plan: &'p mut Plan<'a>,
    rules: Vec<Rule>,
}

impl<'a> Reader<'a, '_> {
    fn refuse_unknown(&self) -> Result<(), SchemaError> {
        for (word, instead) in REFUSED {
            if self.words.contains_key(*word) {
                return Err(self.place.refuse(&format!("{word} {instead}")));
            }
        }
        if self.words.contains_key("$id") && !self.place.is_root() {
            return Err(self.place.refuse("$id may stand at the root only"));
        }
        Ok(())
    }

    /// What is asked of the value itself.
    fn values(&mut self) -> Result<(), SchemaError> {
        if let Some(kinds) = self.words.get("type") {
            self.rules.push(Rule::Type(self.kinds(kinds)?));
        }
        if let Some(value) = self.words.get("const") {
            self.one_of(&[value]);
        }
        if let Some(values) = self.words.get("enum") {
            let Some(values) = values.as_array() else {
                return Err(self.wrong("enum", "must be a list of values"));
            };
            self.one_of(&values.iter().collect::<Vec<_>>());
        }
        for (word, rule) in NUMBERS {
            if let Some(value) = self.words.get(*word) {
                let Value::Number(number) = value else {
                    return Err(self.wrong(word, "must be a number"));
                };
                let is_positive = number.as_f64().is_some_and(|number| number > 0.0);
                if *rule == NumberRule::MultipleOf && !is_positive {
                    return Err(self.wrong(word, "must be greater than 0"));
                }
                self.rules.push(Rule::Number(*rule, number.clone()));
            }
        }
        for (word, rule) in SIZES {
            if let Some(size) = self.size(word)? {
                self.rules.push(Rule::Size(*rule, size));
            }
        }
        if let Some(pattern) = self.words.get("pattern") {
            let pattern = pattern.as_str().ok_or_else(|| self.wrong("pattern", "must be a text"))?;
            self.rules.push(Rule::Pattern(self.pattern("pattern", pattern)?));
        }
        Ok(())
    }

    fn arrays(&mut self) -> Result<(), SchemaError> {
        match self.words.get("uniqueItems") {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => self.rules.push(Rule::UniqueItems),
            Some(_) => return Err(self.wrong("uniqueItems", "must be true or false")),
        }
        let prefix = self.nodes("prefixItems")?.unwrap_or_default();
        let rest = self.node("items")?;
        if !prefix.is_empty() || rest.is_some() {
            self.rules.push(Rule::Items { prefix, rest });
        }
        let (min, max) = (self.size("minContains")?, self.size("maxContains")?);
        if let Some(node) = self.node("contains")? {
            self.rules.push(Rule::Contains { node, min: min.unwrap_or(1), max });
        }
        Ok(())
    }

    fn objects(&mut self) -> Result<(), SchemaError> {
        if let Some(required) = self.words.get("required") {
            let names = names(required).ok_or_else(|| self.wrong("required", "must be a list of names"))?;
            self.rules.push(Rule::Required(names));
        }
        if let Some(dependent) = self.words.get("dependentRequired") {
            let wrong = || self.wrong("dependentRequired", "must name a list of names for each name");
            let by_name = dependent.as_object().ok_or_else(wrong)?;
            let of_name = |(name, list): (&String, &Value)| Some((name.clone(), names(list)?));
            let rules = by_name.iter().map(of_name).collect::<Option<_>>().ok_or_else(wrong)?;
            self.rules.push(Rule::DependentRequired(rules));
        }
        if let Some(node) = self.node("propertyNames")? {
            self.rules.push(Rule::PropertyNames(node));
        }
        let named = self.by_name("properties")?;
        let mut patterns = Vec::new();
        for (text, node) in self.by_name("patternProperties")?.unwrap_or_default() {
            patterns.push((self.pattern("patternProperties", &text)?, node));
        }
        let additional = self.node("additionalProperties")?;
        if named.is_some() || !patterns.is_empty() || additional.is_some() {
            self.rules.push(Rule::Fields(Fields { named: named.unwrap_or_default(), patterns, additional }));
        }
        // Compiled though nobody may refer to them: a mistake is told when it is made.
        self.by_name("$defs").map(drop)
    }

    fn combined(&mut self) -> Result<(), SchemaError> {
        if let Some(reference) = self.words.get("$ref") {
            let node = self.plan.referred(reference, self.place)?;
            self.rules.push(Rule::Ref(node));
        }
        for (word, rule) in COMBINED {
            if let Some(nodes) = self.nodes(word)? {
                self.rules.push(rule(nodes));
            }
        }
        if let Some(node) = self.node("not")? {
            self.rules.push(Rule::Not(node));
        }
        let (then, otherwise) = (self.node("then")?, self.node("else")?);
        if let Some(condition) = self.node("if")? {
            self.rules.push(Rule::If { condition, then, otherwise });
        }
        if let Some(nodes) = self.by_name("dependentSchemas")? {
            self.rules.push(Rule::DependentSchemas(nodes));
        }
        Ok(())
    }

    fn kinds(&self, value: &Value) -> Result<Vec<Kind>, SchemaError> {
        let kind = |word: &Value| Kind::ALL.into_iter().find(|kind| word.as_str() == Some(kind.as_str()));
        let kinds = match value {
            Value::Array(words) if !words.is_empty() => words.iter().map(kind).collect(),
            word => kind(word).map(|kind| vec![kind]),
        };
        kinds.ok_or_else(|| {
            let known = Kind::ALL.map(Kind::as_str).join(", ");
            self.wrong("type", &format!("must be one of {known}, or a list of them"))
        })
    }

    fn one_of(&mut self, values: &[&Value]) {
        let told = values.iter().map(|value| value.to_string()).collect::<Vec<_>>().join(", ");
        let told = cut(&told, TOLD_CHARS_MAX);
        self.rules.push(Rule::Enum { values: values.iter().map(|value| canonical(value)).collect(), told });
    }

    fn size(&self, word: &str) -> Result<Option<usize>, SchemaError> {
        let size = |value| count(value).ok_or_else(|| self.wrong(word, "must be a whole number from 0 on"));
        self.words.get(word).map(size).transpose()
    }

    fn pattern(&self, word: &str, text: &str) -> Result<Pattern, SchemaError> {
        Pattern::new(text).map_err(|problem| self.wrong(word, &problem))
    }

    /// The schema under a word.
    fn node(&mut self, word: &str) -> Result<Option<NodeId>, SchemaError> {
        let place = self.place.below(word);
        self.words.get(word).map(|value| self.plan.node(value, &place)).transpose()
    }

    /// The list of schemas under a word; not empty.
    fn nodes(&mut self, word: &str) -> Result<Option<Vec<NodeId>>, SchemaError> {
        let Some(value) = self.words.get(word) else {
            return Ok(None);
        };
        let Some(schemas) = value.as_array().filter(|schemas| !schemas.is_empty()) else {
            return Err(self.wrong(word, "must be a list of schemas, at least one"));
        };
        let place = self.place.below(word);
        let nodes = schemas.iter().enumerate();
        nodes
            .map(|(at, schema)| self.plan.node(schema, &place.below(&at.to_string())))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The schemas under a word, by name.
    fn by_name(&mut self, word: &str) -> Result<Option<BTreeMap<String, NodeId>>, SchemaError> {
        let Some(value) = self.words.get(word) else {
            return Ok(None);
        };
        let Some(schemas) = value.as_object() else {
            return Err(self.wrong(word, "must name a schema for each name"));
        };
        let place = self.place.below(word);
        let node = |(name, schema): (&String, &'a Value)| {
            self.plan.node(schema, &place.below(name)).map(|node| (name.clone(), node))
        };
        schemas.iter().map(node).collect::<Result<_, _>>().map(Some)
    }

    fn wrong(&self, word: &str, problem: &str) -> SchemaError {
        self.place.below(word).refuse(problem)
    }
}

fn names(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

/// The beginning of a text.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    text.chars().take(chars_max).chain(['…']).collect()
}
