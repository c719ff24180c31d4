//! Every template with every sample: that it draws, what it draws, and that the policy of the pages lets browsers show it.

use std::collections::BTreeSet;
use std::path::Path;

use askama::Template;

use super::*;
use crate::admin::account::AccountPage;
use crate::admin::api_keys::{self, KeyPage, KeysPage};
use crate::admin::audit::{AuditPage, EntryPage, VerifyPage};
use crate::admin::confirm::ConfirmPage;
use crate::admin::confirm_password::ConfirmPasswordPage;
use crate::admin::deliveries::{DeliveryPage, LogPage};
use crate::admin::event_types::{CatalogPage, EventTypePage, TypeFormPage};
use crate::admin::gateways;
use crate::admin::overview::OverviewPage;
use crate::admin::problem::ProblemPage;
use crate::admin::rate_limits::{OverridePage, RatesPage, RulePage};
use crate::admin::second_factor::SecondFactorPage;
use crate::admin::second_factor_change::SecondFactorChangePage;
use crate::admin::settings::{
    MailPage, OperatorFormPage, OperatorPasswordPage, OperatorsPage, RetentionPage, WorkspacesPage,
};
use crate::admin::setup::SetupPage;
use crate::admin::sign_in_page::SignInPage;
use crate::admin::webhooks::{self, AttemptView, EndpointPage, FormPage, ListPage, SecretPage, TestPage};
use crate::admin::workspace::WorkspacePage;
use crate::admin::{reference, resends};
use crate::checkout;

/// A template, and what it draws of its samples.
struct Drawn {
    template: &'static str,
    pages: Vec<String>,
}

/// Every template that is drawn by itself. A page adds itself here.
fn every_template() -> Vec<Drawn> {
    let mut all = settings();
    all.extend([
        drawn::<Alert>(),
        drawn::<Badge>(),
        drawn::<Choices>(),
        drawn::<Confirm>(),
        drawn::<CopyField>(),
        drawn::<EmptyState>(),
        drawn::<ErrorSummary>(),
        drawn::<Facts>(),
        drawn::<Field>(),
        drawn::<Moment>(),
        drawn::<Pagination>(),
        drawn::<Plot>(),
        drawn::<SparkBars>(),
        drawn::<Select>(),
        drawn::<Table>(),
        drawn::<Tabs>(),
        drawn::<TextArea>(),
        drawn::<shell::samples::Layout>(),
        drawn::<plain::samples::Card>(),
        drawn::<SignInPage>(),
        drawn::<SecondFactorPage>(),
        drawn::<SecondFactorChangePage>(),
        drawn::<SetupPage>(),
        drawn::<KeysPage>(),
        drawn::<KeyPage>(),
        drawn::<api_keys::RotatePage>(),
        drawn::<AccountPage>(),
        drawn::<ListPage>(),
        drawn::<EndpointPage>(),
        drawn::<SecretPage>(),
        drawn::<webhooks::RotatePage>(),
        drawn::<AttemptView>(),
        drawn::<TestPage>(),
        drawn::<LogPage>(),
        drawn::<DeliveryPage>(),
        drawn::<resends::NewPage>(),
        drawn::<resends::JobPage>(),
        drawn::<resends::JobsPage>(),
        drawn::<gateways::ListPage>(),
        drawn::<gateways::GatewayPage>(),
        drawn::<checkout::Layout>(),
        drawn::<checkout::PayPage>(),
        drawn::<checkout::ResultPage>(),
        drawn::<checkout::ProblemPage>(),
        drawn::<OverviewPage>(),
        drawn::<RatesPage>(),
        drawn::<RulePage>(),
        drawn::<OverridePage>(),
        drawn::<reference::Prose>(),
        drawn::<reference::SchemaView>(),
        drawn::<reference::HubPage>(),
        drawn::<reference::PublicPage>(),
        drawn::<reference::IndexView>(),
        drawn::<reference::OperationView>(),
        drawn::<reference::DocumentView>(),
        drawn::<reference::GuideView>(),
        drawn::<reference::ErrorsView>(),
        drawn::<AuditPage>(),
        drawn::<EntryPage>(),
        drawn::<VerifyPage>(),
        drawn::<ConfirmPage>(),
        drawn::<ConfirmPasswordPage>(),
        drawn::<ProblemPage>(),
    ]);
    all.extend(templates_of_events());
    all
}

/// What tells of events, and where they are chosen.
fn templates_of_events() -> Vec<Drawn> {
    vec![
        drawn::<reference::EventsView>(),
        drawn::<reference::EventView>(),
        drawn::<FormPage>(),
        drawn::<CatalogPage>(),
        drawn::<EventTypePage>(),
        drawn::<TypeFormPage>(),
        drawn::<webhooks::EventPicker>(),
        drawn::<webhooks::Snippets>(),
    ]
}

/// Those of the settings.
fn settings() -> Vec<Drawn> {
    vec![
        drawn::<WorkspacePage>(),
        drawn::<OperatorsPage>(),
        drawn::<MailPage>(),
        drawn::<WorkspacesPage>(),
        drawn::<RetentionPage>(),
        drawn::<OperatorFormPage>(),
        drawn::<OperatorPasswordPage>(),
    ]
}

fn drawn<S: Sample>() -> Drawn {
    let pages = S::samples().iter().map(|sample| Template::render(sample).unwrap()).collect();
    Drawn { template: S::TEMPLATE, pages }
}

#[test]
fn every_template_draws_its_samples_as_before() {
    for Drawn { template, pages } in every_template() {
        let name = template.trim_end_matches(".html").replace('/', "__");
        insta::assert_snapshot!(name, pages.join("\n<!-- next sample -->\n"));
    }
}

#[test]
fn every_template_has_samples() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut files = BTreeSet::new();
    collect(&templates, &templates, &mut files);
    // Parts are drawn by the templates that include them.
    files.retain(|file| !file.starts_with("parts/"));
    let listed = every_template().iter().map(|drawn| drawn.template.to_owned()).collect();
    assert_eq!(files, listed);
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

#[test]
fn no_template_has_anything_inline_that_the_policy_forbids() {
    for Drawn { template, pages } in every_template() {
        for tag in pages.iter().flat_map(|page| tags(page)) {
            assert_eq!(forbidden(&tag), None, "{template}: {tag}");
        }
    }
}

#[test]
fn what_the_policy_forbids_is_found() {
    let cases = [
        ("<p style=\"color: red\">", "style"),
        ("<p\nSTYLE=\"color: red\">", "style"),
        ("<style>", "style element"),
        ("<a href=\"/admin\" onclick=\"go()\">", "handler"),
        ("<script>", "script without src"),
        ("<script type=\"module\">", "script without src"),
        ("<a href=\"javascript:go()\">", "scheme"),
        ("<img src=\"data:image/png;base64,AA\">", "scheme"),
    ];
    for (html, expected) in cases {
        assert_eq!(tags(html).first().and_then(|tag| forbidden(tag)), Some(expected), "{html}");
    }
}

/// The tags of a page. A `<` within a text or an attribute is escaped, so that each one starts a tag.
fn tags(page: &str) -> Vec<String> {
    page.split('<').skip(1).map(|rest| format!("<{}>", rest.split('>').next().unwrap())).collect()
}

fn forbidden(tag: &str) -> Option<&'static str> {
    let lower = tag.to_lowercase();
    let has = |text: &str| lower.contains(text);
    // Values are in double quotes, so that what follows one, or white space, is the name of the next attribute.
    let outside: String = lower.split('"').step_by(2).collect();
    let mut names = outside.split_whitespace().skip(1);
    let name = names.find(|name| name.starts_with("on") || name.starts_with("style"));
    match name {
        Some(name) if name.starts_with("on") => Some("handler"),
        Some(_) => Some("style"),
        None if lower.starts_with("<style") => Some("style element"),
        None if lower.starts_with("<script") && !has(" src=\"/admin/static/") => Some("script without src"),
        None if has("=\"javascript:") || has("=\"data:") => Some("scheme"),
        None => None,
    }
}
