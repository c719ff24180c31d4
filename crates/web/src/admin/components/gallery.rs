//! The samples in pages that people can look at: `cargo test -p devhub-web gallery -- --ignored` writes them to `target/gallery`.

use std::fmt;
use std::path::Path;

use askama::Template;
use askama::filters::HtmlSafe;

use super::shell::samples::shell;
use super::*;
use crate::admin::assets::AssetLinks;

/// Something that has been drawn.
struct Part(String);

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Part {}

#[derive(Template)]
#[template(
    source = "{% extends \"layout.html\" %}{% block content %}{% for part in parts %}{{ part }}{% endfor %}{% endblock %}",
    ext = "html"
)]
struct Inside {
    shell: Shell,
    parts: Vec<Part>,
}

#[derive(Template)]
#[template(
    source = "{% extends \"plain.html\" %}{% block content %}{% for part in parts %}{{ part }}{% endfor %}{% endblock %}",
    ext = "html"
)]
struct Outside {
    plain: Plain,
    parts: Vec<Part>,
}

fn html(text: &str) -> Part {
    Part(text.to_owned())
}

fn head(title: &str, text: &str, action: &str) -> Part {
    let action = if action.is_empty() {
        String::new()
    } else {
        format!("<div class=\"actions\"><a class=\"button is-primary\" href=\"/admin/keys/new\">{action}</a></div>")
    };
    Part(format!("<div class=\"page-head\"><div><h1>{title}</h1><p>{text}</p></div>{action}</div>"))
}

/// The sample at a position, counted from 0.
fn sample<S: Sample>(position: usize) -> Part {
    Part(S::samples().swap_remove(position).render().unwrap())
}

fn all<S: Sample>() -> impl Iterator<Item = Part> {
    S::samples().into_iter().map(|sample| Part(sample.render().unwrap()))
}

fn inside(title: &str, parts: Vec<Part>) -> String {
    let parts = Inside { shell: shell(title), parts };
    parts.render().unwrap()
}

fn outside(title: &str, notice: Option<Alert>, parts: Vec<Part>) -> String {
    let plain = Plain { title: title.to_owned(), assets: AssetLinks::sample(), notice };
    Outside { plain, parts }.render().unwrap()
}

fn keys() -> String {
    let filters = [
        html("<form class=\"filters\" method=\"get\">"),
        sample::<Field>(3),
        sample::<Select>(0),
        html("<button class=\"button\" type=\"submit\">Filter</button></form>"),
    ];
    let mut parts = vec![
        head("API keys", "Shops and scripts use them to call the payment API.", "Generate key"),
        sample::<Tabs>(0),
        sample::<Alert>(0),
    ];
    parts.extend(filters);
    parts.extend([sample::<Table>(0), sample::<Pagination>(1)]);
    inside("API keys", parts)
}

fn form() -> String {
    let parts = vec![
        sample::<ErrorSummary>(0),
        head("Generate key", "The key is shown once, after this.", ""),
        html("<form method=\"post\" action=\"/admin/keys\"><input type=\"hidden\" name=\"token\" value=\"t\">"),
        sample::<Field>(0),
        sample::<Field>(1),
        sample::<Choices>(0),
        sample::<Choices>(1),
        sample::<Field>(4),
        sample::<Select>(1),
        html("<div class=\"actions\"><button class=\"button is-primary\" type=\"submit\">Generate key</button>"),
        html("<a class=\"button\" href=\"/admin/keys\">Cancel</a></div></form>"),
    ];
    inside("Generate key", parts)
}

fn secret() -> String {
    let mut parts =
        vec![head("WooCommerce Plugin", "", ""), sample::<Alert>(2), html("<div data-once=\"/admin/keys\"></div>")];
    parts.extend(all::<CopyField>());
    parts.push(html(
        "<section class=\"panel\"><h2>Details</h2><dl class=\"facts\"><dt>Key</dt><dd><code>ownpay_4mJ8…</code></dd>\
         <dt>Created by</dt><dd>ada@shop.example</dd><dt>Allowed networks</dt><dd>192.0.2.0/24, 2001:db8::/32</dd></dl></section>",
    ));
    inside("WooCommerce Plugin", parts)
}

fn parts() -> String {
    let mut parts = vec![head("Parts", "What is left.", "")];
    parts.extend(all::<Alert>());
    parts.push(html("<p class=\"badges\">"));
    parts.extend(all::<Badge>());
    parts.push(html("</p>"));
    parts.push(sample::<Table>(1));
    parts.push(sample::<EmptyState>(1));
    parts.push(html(
        "<div class=\"actions\"><button class=\"button\">Plain</button><button class=\"button is-primary\">Primary</button>\
         <button class=\"button is-danger\">Danger</button><button class=\"button is-quiet\">Quiet</button>\
         <button class=\"button is-primary\" disabled>Disabled</button></div>",
    ));
    inside("Parts", parts)
}

fn sign_in() -> String {
    let parts = vec![
        html("<h1>Sign in</h1><form method=\"post\" action=\"/admin/sign-in\">"),
        Part(Field { error: None, help: None, value: String::new(), ..Field::samples().swap_remove(1) }.to_string()),
        sample::<Field>(2),
        html("<button class=\"button is-primary\" type=\"submit\">Sign in</button></form>"),
    ];
    let notice = Alert::samples().into_iter().nth(3);
    outside("Sign in", notice, parts)
}

#[test]
#[ignore = "writes files for people to look at"]
fn the_gallery_is_written() {
    let empty = vec![head("API keys", "Shops use them.", ""), sample::<Tabs>(0), sample::<EmptyState>(0)];
    let setup = vec![html("<h1>Set up the hub</h1><form method=\"post\">"), sample::<Field>(5), html("</form>")];
    let pages = [
        ("keys", keys()),
        ("form", form()),
        ("secret", secret()),
        ("parts", parts()),
        ("empty", inside("API keys", empty)),
        ("confirm", inside("Revoke", vec![sample::<Confirm>(0)])),
        ("sign-in", sign_in()),
        ("setup", outside("Set up", None, setup)),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, page) in pages {
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}
