//! What pages are made of: one template and one struct for each part, with texts that are ready to be shown.
//!
//! A page is a struct with a template of its own that extends `layout.html` (signed in, with the field `shell`) or `plain.html`
//! (a card alone, with the field `plain`). Parts nest by being named: `{{ table }}`. They are marked as safe HTML because askama
//! has escaped every text within them; the filter `safe` is used nowhere. No template has a script, a style or a handler inline:
//! the policy of the pages forbids them. The classes that pages may use themselves stand at the top of `static/css/page.css`.

mod alert;
mod badge;
mod choices;
mod confirm;
mod copy_field;
mod empty_state;
mod error_summary;
mod facts;
mod field;
mod link;
mod moment;
mod pagination;
mod plain;
mod plot;
mod plot_scale;
#[cfg(test)]
mod sample;
mod select;
mod shell;
mod spark_bars;
mod table;
#[cfg(test)]
mod table_samples;
mod tabs;
#[cfg(test)]
mod tests;
mod text_area;
mod tone;

pub(crate) use alert::Alert;
pub(crate) use badge::Badge;
pub(crate) use choices::{Choice, Choices};
pub(crate) use confirm::Confirm;
pub(crate) use copy_field::CopyField;
pub(crate) use empty_state::EmptyState;
pub(crate) use error_summary::ErrorSummary;
pub(crate) use facts::{Fact, FactValue, Facts};
pub(crate) use field::{Field, FieldKind};
pub(crate) use link::Link;
pub(crate) use moment::Moment;
pub(crate) use pagination::Pagination;
pub(crate) use plain::Plain;
#[cfg(test)]
pub(crate) use plain::samples::plain as plain_sample;
pub(crate) use plot::{Plot, PlotKind, Point, Series};
#[cfg(test)]
pub(crate) use sample::Sample;
pub(crate) use select::{Select, SelectOption};
#[cfg(test)]
pub(crate) use shell::samples::shell as shell_sample;
pub(crate) use shell::{Account, Elsewhere, NavItem, NavSection, Shell};
pub(crate) use spark_bars::{Spark, SparkBars};
pub(crate) use table::{Action, Cell, Column, Place, Row, Table};
pub(crate) use tabs::{Tab, Tabs};
pub(crate) use text_area::{FaultyLine, TextArea};
pub(crate) use tone::Tone;
