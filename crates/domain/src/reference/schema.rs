//! A schema as it is shown: a tree without references, which ends where it would repeat itself.

/// Which values something takes, told for people.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a keyword of its own, and any may stand beside any other")]
pub struct Schema {
    /// What the document calls it (`Payment`), where it is one of its named schemas; empty otherwise.
    pub name: String,
    /// `string`, `integer`, `object`, `array of string`, `one of 3` … Never empty: `any` when the document does not say.
    pub kind: String,
    /// `date-time`, `uuid` …; may be empty.
    pub format: String,
    /// Whether it may be `null`.
    pub nullable: bool,
    /// Markdown, to be shown as text; may be empty.
    pub description: String,
    /// Whether nobody should begin to use it.
    pub deprecated: bool,
    /// Whether it is answered and never sent.
    pub read_only: bool,
    /// Whether it is sent and never answered.
    pub write_only: bool,
    /// The values that it takes, when these are all, as JSON; a `const` is the only one.
    pub values: Vec<String>,
    /// What else bounds it, each in a few words: `1 to 100 characters`, `at least 0`, `matches ^[a-z]+$`.
    pub bounds: Vec<String>,
    /// What holds when it is left out, as JSON; empty when the document does not say.
    pub default: String,
    /// A value, as JSON; empty when the document gives none.
    pub example: String,
    /// What an object consists of: what is required first.
    pub properties: Vec<Property>,
    /// What the values of other names in an object look like, where it takes any.
    pub additional: Option<Box<Schema>>,
    /// What an array holds.
    pub item: Option<Box<Schema>>,
    /// What else it can be.
    pub variants: Option<Variants>,
    /// Whether it goes on as something that is shown further up, or is too deep or too much to be shown: nothing stands below it,
    /// and `name` says where to look.
    pub is_cut: bool,
}

/// A part of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// As it is sent.
    pub name: String,
    /// Whether it is always there.
    pub required: bool,
    /// Which values it takes.
    pub schema: Schema,
}

/// Schemas of which some apply.
#[derive(Clone, Debug, PartialEq)]
pub struct Variants {
    /// Whether exactly one applies (`oneOf`), and not one or more (`anyOf`).
    pub is_exclusive: bool,
    /// Two or more, in the document's order.
    pub schemas: Vec<Schema>,
    /// The property that tells which one it is; may be empty.
    pub discriminator: String,
}

impl Schema {
    /// A schema of a kind, of which nothing else is known.
    pub fn of_kind(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }

    /// Whether anything stands below it that can be opened.
    pub fn has_parts(&self) -> bool {
        let below = |schema: &Option<Box<Self>>| schema.as_ref().is_some_and(|schema| schema.has_parts());
        !self.properties.is_empty() || self.variants.is_some() || below(&self.item) || below(&self.additional)
    }
}
