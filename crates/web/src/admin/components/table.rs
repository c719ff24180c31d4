//! A list in rows and columns. On a phone each row is a card, and still a row to whoever listens.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Badge, Moment, SparkBars};

/// A table.
#[derive(Template)]
#[template(path = "components/table.html")]
pub(crate) struct Table {
    /// What is listed; said, not shown.
    pub(crate) caption: String,
    /// What the cells of each row are, in order.
    pub(crate) columns: Vec<Column>,
    /// The rows.
    pub(crate) rows: Vec<Row>,
}

/// What the cells of a column are.
pub(crate) struct Column {
    /// Their name; on a phone it stands beside each.
    pub(crate) label: String,
    /// Whether the name is said and not shown, because the cells speak for themselves.
    pub(crate) is_hidden_label: bool,
    /// Whether the cells are actions.
    pub(crate) is_actions: bool,
}

/// A row.
pub(crate) struct Row {
    /// Whether it has come to its end, such as a key that was revoked.
    pub(crate) is_dimmed: bool,
    /// What tells it from the others of the page.
    pub(crate) id: String,
    /// A cell for each column.
    pub(crate) cells: Vec<Cell>,
}

impl Column {
    /// A column with its name.
    pub(crate) fn new(label: &str) -> Self {
        Self { label: label.to_owned(), is_hidden_label: false, is_actions: false }
    }

    /// The column of the boxes that choose rows.
    pub(crate) fn choice() -> Self {
        Self { is_hidden_label: true, ..Self::new("Choose") }
    }

    /// The column of what can be done.
    pub(crate) fn actions() -> Self {
        Self { is_hidden_label: true, is_actions: true, ..Self::new("Actions") }
    }
}

/// What a cell shows.
pub(crate) enum Cell {
    /// What names the row; one of each.
    Strong(String),
    /// What names the row and leads to its page, and a line below it, which may be empty.
    Linked {
        /// Where it leads.
        href: String,
        /// The name.
        first: String,
        /// The line below.
        second: String,
    },
    /// Any text.
    Text(String),
    /// What machines read.
    Code(String),
    /// Badges side by side.
    Badges(Vec<Badge>),
    /// A state, and when it ends or has ended.
    State {
        /// The state.
        badge: Badge,
        /// What happens, such as `expires`, and when.
        until: Option<(&'static str, Moment)>,
    },
    /// A state, and why it is so; empty when that needs no words.
    Noted {
        /// The state.
        badge: Badge,
        /// Why.
        note: String,
    },
    /// A moment.
    Moment(Moment),
    /// How it has gone, step by step.
    Sparks(SparkBars),
    /// Nothing.
    Empty,
    /// What can be done.
    Actions(Vec<Action>),
    /// Buttons that move the row among the others, then what else can be done.
    Ordered(Place, Vec<Action>),
    /// A box that chooses the row.
    Choice {
        /// The id of the form that sends it, which stands elsewhere on the page.
        form: &'static str,
        /// What the form sends, as one of `ids`.
        value: String,
        /// What it says to whoever does not see the row: `Choose WooCommerce Plugin`.
        label: String,
    },
}

impl Cell {
    /// Whether it names its row.
    const fn is_heading(&self) -> bool {
        matches!(self, Self::Strong(_) | Self::Linked { .. })
    }
}

/// Where a row stands among others that have an order.
pub(crate) struct Place {
    /// The id of the form that sends it, which stands elsewhere on the page.
    pub(crate) form: &'static str,
    /// What the form sends as `up` or `down`.
    pub(crate) value: String,
    /// What it is called: `exports`.
    pub(crate) name: String,
    /// Whether there is one before it.
    pub(crate) has_before: bool,
    /// Whether there is one after it.
    pub(crate) has_after: bool,
}

/// Something that can be done with a row.
pub(crate) struct Action {
    /// What it says: `Revoke`.
    pub(crate) label: String,
    /// The page that asks first, or where it is done.
    pub(crate) href: String,
    /// Whether that page asks, so that a dialog can show its question.
    pub(crate) is_question: bool,
    /// Whether something ends by it.
    pub(crate) is_danger: bool,
    /// What it says to whoever does not see the row; starts with the label: `Revoke WooCommerce Plugin`.
    pub(crate) accessible_label: String,
}

impl HtmlSafe for Table {}
