//! The page, as it is drawn.

use askama::Template;
use devhub_domain::api_keys::{Scope, ScopeSet};

use super::generate::Typed;
use super::issued::Issued;
use super::query::PATH;
use crate::admin::components::{
    Alert, Choice, Choices, EmptyState, ErrorSummary, Field, FieldKind, Link, Pagination, Select, Shell, Table, Tabs,
    Tone,
};
use crate::admin::form_id;
use crate::admin::hub_tabs::{HubTab, tabs};
use crate::admin::menu::Place;
use crate::admin::signed::Signed;

/// The page.
#[derive(Template)]
#[template(path = "admin/api_keys/page.html")]
pub(in crate::admin) struct KeysPage {
    pub(super) shell: Shell,
    pub(super) tabs: Tabs,
    /// The time zone of the workspace.
    pub(super) zone: String,
    /// The key that was just generated.
    pub(super) issued: Option<Issued>,
    /// What became of the form instead.
    pub(super) alert: Option<Alert>,
    /// `None` for whoever only looks.
    pub(super) form: Option<GenerateForm>,
    pub(super) list: Listing,
}

/// Where a key is asked for.
pub(super) struct GenerateForm {
    pub(super) token: String,
    /// Names this form, so that it makes one key however often it is sent.
    pub(super) form_id: String,
    pub(super) errors: Option<ErrorSummary>,
    pub(super) label: Field,
    pub(super) scopes: Choices,
    pub(super) hub_scopes: Choices,
    pub(super) environment: Select,
    pub(super) expires: Select,
    pub(super) expires_on: Field,
    pub(super) owner: Field,
    pub(super) allow_list: Field,
}

/// The keys, or what there is to say instead.
#[derive(Default)]
pub(super) struct Listing {
    /// What is searched and filtered; `None` while there is no key at all.
    pub(super) search: Option<SearchForm>,
    pub(super) table: Option<Table>,
    pub(super) empty: Option<EmptyState>,
    pub(super) pagination: Option<Pagination>,
    /// Where the ticked keys are changed; `None` for whoever only looks.
    pub(super) bulk: Option<BulkForm>,
    /// Where the listed keys are exported, those of all pages.
    pub(super) exports: Vec<Link>,
}

/// What the boxes of the table belong to.
pub(super) const BULK_FORM: &str = "bulk";

/// Where the ticked keys are changed.
pub(super) struct BulkForm {
    /// What leads back to this part of the list.
    pub(super) kept: Vec<(&'static str, String)>,
}

/// Where keys are searched.
pub(super) struct SearchForm {
    pub(super) search: Field,
    pub(super) status: Select,
    pub(super) environment: Select,
    pub(super) scope: Select,
    pub(super) unused: Select,
    pub(super) expiring: Select,
    /// Whether there is something to clear.
    pub(super) is_filtered: bool,
}

impl KeysPage {
    /// The page with a list and an empty form.
    pub(super) fn new(signed: &Signed, list: Listing) -> Self {
        Self {
            shell: signed.shell("API Keys", Place::DeveloperHub),
            tabs: tabs(HubTab::Keys),
            zone: signed.workspace.time_zone.to_string(),
            issued: None,
            alert: None,
            form: signed.may(Scope::KeysWrite).then(|| {
                let services = &signed.visit.services;
                let form_id = form_id::generate(services.clock.now(), &*services.entropy);
                GenerateForm::new(signed.form_token(), form_id, signed.scopes())
            }),
            list,
        }
    }
}

/// The scopes of the platform's API, with what people call them.
const PLATFORM: [(Scope, &str, &str, Tone); 3] = [
    (Scope::Read, "Read", "Payments, transactions, refunds and customers", Tone::Neutral),
    (Scope::Write, "Write", "Create payments, refunds and customers", Tone::Neutral),
    (Scope::Admin, "Admin", "Administer the platform: for its own tools, never for a shop", Tone::Bad),
];

/// Environments that everybody knows.
const ENVIRONMENTS: [&str; 2] = ["live", "test"];

/// What a form offers: those, and the one that is in force.
pub(super) fn environments_with(selected: &str) -> impl Iterator<Item = (&str, &str)> {
    let other = Some(selected).filter(|selected| !selected.is_empty() && !ENVIRONMENTS.contains(selected));
    ENVIRONMENTS.into_iter().chain(other).map(|word| (word, word))
}

/// When a key may expire.
const EXPIRIES: [(&str, &str); 5] =
    [("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In 1 year"), ("date", "On a date…")];

impl GenerateForm {
    /// An empty form, which offers what the operator may give.
    fn new(token: String, form_id: String, offered: ScopeSet) -> Self {
        Self {
            token,
            form_id,
            errors: None,
            label: Field {
                name: "label",
                label: "Key Label".to_owned(),
                placeholder: "WooCommerce Plugin".to_owned(),
                help: Some("Where the key is used, so that you recognise it later.".to_owned()),
                is_required: true,
                max_length: Some(100),
                ..Field::default()
            },
            scopes: platform_scopes(offered, ScopeSet::DEFAULT),
            hub_scopes: hub_scopes(offered, ScopeSet::EMPTY),
            environment: environment("live"),
            expires: Select::new("expires", "Expires", &EXPIRIES, ""),
            expires_on: Field {
                name: "expires_on",
                label: "Expiry date".to_owned(),
                kind: FieldKind::Date,
                ..Field::default()
            },
            owner: owner(""),
            allow_list: allow_list(String::new()),
        }
    }

    /// The same form as it was sent, so that nothing need be typed again.
    pub(super) fn fill(&mut self, offered: ScopeSet, typed: &Typed) {
        self.label.value.clone_from(&typed.label);
        self.scopes = platform_scopes(offered, typed.scopes);
        self.hub_scopes = hub_scopes(offered, typed.scopes);
        self.environment = environment(&typed.environment);
        self.expires = Select::new("expires", "Expires", &EXPIRIES, &typed.expires);
        self.expires_on.value.clone_from(&typed.expires_on);
        self.owner.value.clone_from(&typed.owner);
        self.allow_list.value.clone_from(&typed.allow_list);
    }

    /// Whether the scopes of the hub are in sight.
    fn shows_hub_scopes(&self) -> bool {
        self.hub_scopes.options.iter().any(|choice| choice.is_checked)
    }
}

/// Only what the operator may give is offered.
fn platform_scopes(offered: ScopeSet, checked: ScopeSet) -> Choices {
    let options = PLATFORM.into_iter().filter(|(scope, ..)| offered.contains(*scope));
    let options = options.map(|(scope, label, help, tone)| Choice {
        value: scope.as_str().to_owned(),
        label: label.to_owned(),
        help: Some(help.to_owned()),
        tone,
        is_checked: checked.contains(scope),
    });
    Choices {
        name: "scopes",
        legend: "Scopes".to_owned(),
        options: options.collect(),
        help: Some("What a shop may do with the key. Most plugins need Read and Write.".to_owned()),
        error: None,
    }
}

fn hub_scopes(offered: ScopeSet, checked: ScopeSet) -> Choices {
    let is_hubs = |scope: &Scope| !PLATFORM.iter().any(|(known, ..)| known == scope);
    let options = offered.iter().filter(is_hubs).map(|scope| Choice {
        value: scope.as_str().to_owned(),
        label: scope.as_str().to_owned(),
        help: Some(scope.meaning().to_owned()),
        tone: Tone::Neutral,
        is_checked: checked.contains(scope),
    });
    Choices {
        name: "hub_scopes",
        legend: "Scopes of the hub's own API".to_owned(),
        options: options.collect(),
        help: Some("For your own programs that publish events or manage keys and endpoints.".to_owned()),
        error: None,
    }
}

pub(super) fn environment(selected: &str) -> Select {
    let offered: Vec<_> = environments_with(selected).collect();
    Select::new("environment", "Environment", &offered, selected)
}

/// Who answers for a key.
pub(super) fn owner(value: &str) -> Field {
    Field {
        name: "owner",
        label: "Owner".to_owned(),
        value: value.to_owned(),
        placeholder: "checkout team".to_owned(),
        help: Some("Who answers for the key, so that somebody can be asked.".to_owned()),
        max_length: Some(100),
        ..Field::default()
    }
}

/// From where a key may be used.
pub(super) fn allow_list(value: String) -> Field {
    Field {
        name: "allow_list",
        label: "Allowed addresses".to_owned(),
        value,
        placeholder: "203.0.113.7, 10.0.0.0/8".to_owned(),
        help: Some("Addresses and networks, with commas between. Empty allows all.".to_owned()),
        ..Field::default()
    }
}

/// What teaches somebody who has no key yet.
pub(super) fn no_keys(may_write: bool) -> EmptyState {
    let lines = "An API key lets a shop plugin or a program use the API in the name of this workspace.";
    if !may_write {
        let who = "Owners, admins and developers can generate one.".to_owned();
        return EmptyState {
            title: "No API keys yet".to_owned(),
            text: vec![lines.to_owned(), who],
            steps: Vec::new(),
            action: None,
        };
    }
    let steps = [
        "Generate a key above: one for each shop or program, with no more scopes than it needs.",
        "Copy it into the settings of your plugin, or into the environment of your program. It is shown once.",
        "Send a first request. Its time appears here as Last Used.",
    ];
    EmptyState {
        title: "No API keys yet".to_owned(),
        text: vec![lines.to_owned()],
        steps: steps.map(str::to_owned).to_vec(),
        action: None,
    }
}

/// What is said when filters leave nothing.
pub(super) fn no_match(prefix: &str) -> EmptyState {
    EmptyState {
        title: "No key matches".to_owned(),
        text: vec![format!("Search for a part of the label, or for a key's prefix such as {prefix}8ae87c48.")],
        steps: Vec::new(),
        action: Some(Link { href: PATH.to_owned(), text: "Clear filters".to_owned() }),
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::admin::api_keys::list::{exports, search_form};
    use crate::admin::api_keys::query::ListQuery;
    use crate::admin::components::{Sample, shell_sample};

    impl Sample for KeysPage {
        const TEMPLATE: &'static str = "admin/api_keys/page.html";

        fn samples() -> Vec<Self> {
            let page = |form, list| Self {
                shell: shell_sample("API Keys"),
                tabs: tabs(HubTab::Keys),
                zone: "Asia/Dhaka".to_owned(),
                issued: None,
                alert: None,
                form,
                list,
            };
            let form =
                || GenerateForm::new("token".to_owned(), "form-id".to_owned(), Scope::ALL.iter().copied().collect());
            let empty = |may_write| Listing { empty: Some(no_keys(may_write)), ..Listing::default() };
            let filled = Listing {
                search: Some(search_form(&ListQuery::parse("q=shop"))),
                table: Table::samples().into_iter().next(),
                empty: None,
                pagination: Pagination::samples().into_iter().next(),
                bulk: Some(BulkForm { kept: ListQuery::parse("q=shop").pairs().collect() }),
                exports: exports(&ListQuery::parse("q=shop")),
            };
            let issued = Issued::with_token("Shop", "op_8ae87c48.not-a-real-key", "http://localhost:8780");
            vec![
                page(Some(form()), empty(true)),
                page(None, empty(false)),
                Self { issued: Some(issued), ..page(Some(form()), filled) },
            ]
        }
    }
}
