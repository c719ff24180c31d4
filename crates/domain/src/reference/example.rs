//! An example of a body.

/// What a body can look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// What the document calls it; empty when it has no name.
    pub name: String,
    /// What it shows; may be empty.
    pub summary: String,
    /// As it is sent; JSON is indented.
    pub text: String,
    /// Whether it was made from the schema, because the document gives none.
    pub is_made: bool,
}
