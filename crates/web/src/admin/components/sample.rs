//! Templates with texts, for tests that draw each of them.

use askama::Template;

/// A template that can be drawn without a store, a clock or a request.
pub(crate) trait Sample: Template + Sized {
    /// Its file below `templates/`.
    const TEMPLATE: &'static str;

    /// One of each state that looks different.
    fn samples() -> Vec<Self>;
}
