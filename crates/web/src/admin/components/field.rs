//! One line of text that people type.

use askama::Template;
use askama::filters::HtmlSafe;

/// A labelled input with what helps to fill it and what is wrong with it. Its id is its name.
#[derive(Default, Template)]
#[template(path = "components/field.html")]
pub(crate) struct Field {
    /// What the form sends it as; unique on its page.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) label: String,
    /// What is typed.
    pub(crate) kind: FieldKind,
    /// What is there already. A password is never sent back.
    pub(crate) value: String,
    /// An example; empty for none.
    pub(crate) placeholder: String,
    /// What helps to fill it.
    pub(crate) help: Option<String>,
    /// What is wrong with it.
    pub(crate) error: Option<String>,
    /// Whether it may not be empty.
    pub(crate) is_required: bool,
    /// What the browser may fill it with, as HTML names it: `email`, `current-password`; empty for nothing.
    pub(crate) autocomplete: &'static str,
    /// Most characters.
    pub(crate) max_length: Option<usize>,
}

/// What is typed into a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// A mail address.
    Email,
    /// A password, which is not shown.
    Password,
    /// What to look for.
    Search,
    /// A day.
    Date,
    /// A day and a time of it, of the workspace.
    Moment,
    /// An address of the web.
    Url,
    /// A file. What was chosen cannot be sent back.
    File,
    /// A one-time code. A link may carry it behind its `#`, which browsers keep to themselves; a script puts it here.
    Code,
}

impl Field {
    /// The password that somebody has, which the browser may know.
    pub(crate) fn current_password(name: &'static str, label: &str) -> Self {
        Self {
            name,
            label: label.to_owned(),
            kind: FieldKind::Password,
            is_required: true,
            autocomplete: "current-password",
            ..Self::default()
        }
    }

    const fn input_type(&self) -> &'static str {
        match self.kind {
            FieldKind::Text | FieldKind::Code => "text",
            FieldKind::Email => "email",
            FieldKind::Password => "password",
            FieldKind::Search => "search",
            FieldKind::Date => "date",
            FieldKind::Moment => "datetime-local",
            FieldKind::Url => "url",
            FieldKind::File => "file",
        }
    }

    fn autocomplete(&self) -> &str {
        if self.autocomplete.is_empty() { "off" } else { self.autocomplete }
    }

    fn sent_value(&self) -> &str {
        if self.kind == FieldKind::Password { "" } else { &self.value }
    }
}

impl HtmlSafe for Field {}

#[cfg(test)]
impl super::Sample for Field {
    const TEMPLATE: &'static str = "components/field.html";

    fn samples() -> Vec<Self> {
        let field = |name, label: &str, kind| Self { name, label: label.to_owned(), kind, ..Self::default() };
        vec![
            Self {
                placeholder: "WooCommerce Plugin".to_owned(),
                help: Some("Where the key is used. Only operators see it.".to_owned()),
                is_required: true,
                max_length: Some(100),
                ..field("name", "Name", FieldKind::Text)
            },
            Self {
                value: "ada@shop".to_owned(),
                help: Some("You sign in with it.".to_owned()),
                error: Some("Enter an address such as ada@shop.example.".to_owned()),
                is_required: true,
                autocomplete: "username",
                ..field("email", "Email", FieldKind::Email)
            },
            Self {
                value: "never sent back".to_owned(),
                is_required: true,
                autocomplete: "current-password",
                ..field("password", "Password", FieldKind::Password)
            },
            Self { value: "\"><script>alert(1)</script>".to_owned(), ..field("q", "Search", FieldKind::Search) },
            Self { value: "2027-01-31".to_owned(), ..field("expires_on", "Expires on", FieldKind::Date) },
            Self { value: "2027-01-31T16:05".to_owned(), ..field("created_from", "Created from", FieldKind::Moment) },
            Self { error: Some("It is no document.".to_owned()), ..field("file", "File", FieldKind::File) },
            Self { is_required: true, ..field("code", "Setup code", FieldKind::Code) },
        ]
    }
}
