//! What the HTTP surface counts.
//!
//! *Threat:* a stranger who makes up paths, methods or tokens until the series fill memory, or reads a secret among the labels.
//! *Defence:* every label is a word of this program: an enum's, a route's template, a status that the surface knows. Counters are
//! found before the first request or at the first of their kind, so that a request looks no label up.

mod requests;
mod series;
mod verdict;

pub(crate) use requests::{RouteSeries, UNKNOWN, known_method};
pub use series::Metrics;
pub(crate) use verdict::Verdict;
