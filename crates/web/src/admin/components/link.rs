//! A link to another page.

/// A link.
pub(crate) struct Link {
    /// Where it leads: a path of our own.
    pub(crate) href: String,
    /// What it says.
    pub(crate) text: String,
}
