//! The pages for people: how long the list of keys takes among many, and what a first visit costs on the wire.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use anyhow::Context as _;

use super::answer::Answer;
use super::hub::{Hub, Scratch};
use super::latency::Client;
use super::measure::Measure;
use super::pages_behind;
use super::start::seed_keys;
use super::suites::Effort;

/// Keys of one workspace.
const KEYS: u32 = 10_000;
/// How many times "Older" is followed to a deep page: most of the way through the keys, at 50 a page.
const DEEP: usize = 180;
const LIST: &str = "/admin/developer/api-keys";
const SIGN_IN: &str = "/admin/sign-in";
const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "seventeen blue teapots";
/// What browsers say.
const GZIP: (&str, &str) = ("accept-encoding", "gzip");

/// Measures the list of keys, then a first visit, then every page with much behind it.
pub(super) fn run(effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let scratch = Scratch::new()?;
    let hub = Hub::on(&scratch.database_url())?;
    // A start makes the workspace that the owner and the keys belong to.
    let server = hub.serve()?;
    add_owner(&hub)?;
    drop(server);
    seed_keys(&scratch, KEYS)?;
    let server = hub.serve()?;
    let mut measures = lists(&server.base, effort)?;
    let bytes = u32::try_from(first_visit_bytes(&server.base)?)?;
    measures.push(Measure::new("pages.first_visit_kib", f64::from(bytes) / 1024.0, "KiB"));
    let cookie = sign_in(&server.base)?.cookie;
    measures.extend(pages_behind::measure(&hub, &server.base, &[("cookie", &cookie), GZIP], effort)?);
    Ok(measures)
}

/// The password goes through standard input: it is no argument of the command line.
fn add_owner(hub: &Hub) -> anyhow::Result<()> {
    let mut command = hub.command(&["operators", "add", EMAIL, "--role", "owner", "--password-file", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    writeln!(child.stdin.take().context("standard input is a pipe")?, "{PASSWORD}")?;
    anyhow::ensure!(child.wait()?.success(), "the owner was not added");
    Ok(())
}

/// The page of keys in four ways; the slowest is the figure that has an aim.
fn lists(base: &str, effort: Effort) -> anyhow::Result<Vec<Measure>> {
    let cookie = sign_in(base)?.cookie;
    let deep = deep_page(&mut Client::connect(base, &[("cookie", &cookie)])?)?;
    let pages = [
        ("first", LIST.to_owned()),
        ("deep", deep),
        ("nothing", format!("{LIST}?q=no+such+key")),
        // Prefixes are numbers in hexadecimal digits here: sixteen begin so.
        ("some", format!("{LIST}?q=00001f4")),
    ];
    let mut client = Client::connect(base, &[("cookie", &cookie), GZIP])?;
    let mut measures = Vec::new();
    let mut slowest = 0.0_f64;
    for (name, path) in pages {
        let times = client.times(&path, effort)?;
        slowest = slowest.max(times.p99_ms);
        measures.push(Measure::new(&format!("pages.keys_10k_{name}_p50_ms"), times.p50_ms, "ms"));
        measures.push(Measure::new(&format!("pages.keys_10k_{name}_p99_ms"), times.p99_ms, "ms"));
    }
    measures.push(Measure::new("pages.keys_10k_p99_ms", slowest, "ms"));
    Ok(measures)
}

/// Follows "Older" again and again; the path of the page that it comes to.
fn deep_page(client: &mut Client) -> anyhow::Result<String> {
    let mut path = LIST.to_owned();
    for _ in 0..DEEP {
        let html = text(&client.get(&path)?)?;
        let links = html.split("<a ").skip(1);
        let older = links.filter_map(|link| link.split_once('>')).find(|(_, inside)| inside.starts_with("Older"));
        let (attributes, _) = older.with_context(|| format!("{path} has no link to older keys"))?;
        path = attribute(attributes, "href")
            .context("a link leads somewhere")?
            .replace("&amp;", "&")
            .replace("&#38;", "&");
    }
    Ok(path)
}

/// A session, and what was sent to begin it.
struct SignedIn {
    cookie: String,
    form: Answer,
    answer: Answer,
}

/// Opens the page that asks for a password, and gives it.
fn sign_in(base: &str) -> anyhow::Result<SignedIn> {
    let form = Client::connect(base, &[])?.get(SIGN_IN)?;
    let guest = cookies(&form);
    let html = text(&form)?;
    let field = html.split("<input ").find(|field| attribute(field, "name") == Some("token"));
    let token = field.and_then(|field| attribute(field, "value")).context("the form has a token")?;
    let body = format!("token={token}&email={}&password={}", EMAIL.replace('@', "%40"), PASSWORD.replace(' ', "+"));
    let answer = Client::connect(base, &[("cookie", &guest)])?.post(SIGN_IN, &body)?;
    anyhow::ensure!(answer.status == 303, "signing in answered {}", answer.status);
    Ok(SignedIn { cookie: cookies(&answer), form, answer })
}

/// What a browser without anything in its cache is sent: the page to sign in, the list of keys, and the files of both.
fn first_visit_bytes(base: &str) -> anyhow::Result<usize> {
    let begun = sign_in(base)?;
    let mut client = Client::connect(base, &[("cookie", &begun.cookie), GZIP])?;
    let list = text(&Client::connect(base, &[("cookie", &begun.cookie)])?.get(LIST)?)?;
    let sign_in = Client::connect(base, &[GZIP])?.get(SIGN_IN)?;
    let mut bytes = sign_in.wire_bytes + begun.answer.wire_bytes + client.get(LIST)?.wire_bytes;
    for file in files(&text(&begun.form)?).union(&files(&list)) {
        bytes += client.get(file)?.wire_bytes;
    }
    Ok(bytes)
}

/// The files that a page asks for by itself.
fn files(html: &str) -> BTreeSet<String> {
    let tags = ["<link ", "<script ", "<img "].into_iter().flat_map(|tag| html.split(tag).skip(1));
    let paths = tags.filter_map(|tag| attribute(tag, "src").or_else(|| attribute(tag, "href")));
    paths.filter(|path| path.starts_with('/')).map(str::to_owned).collect()
}

/// The value of an attribute of the tag that the text begins with.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (inside, _) = tag.split_once('>').unwrap_or((tag, ""));
    let (_, value) = inside.split_once(&format!("{name}=\""))?;
    value.split('"').next()
}

/// The cookies of an answer, as a browser sends them back.
fn cookies(answer: &Answer) -> String {
    let pairs = answer.values("set-cookie").filter_map(|line| line.split(';').next());
    pairs.filter(|pair| !pair.ends_with('=')).collect::<Vec<_>>().join("; ")
}

fn text(answer: &Answer) -> anyhow::Result<String> {
    String::from_utf8(answer.body.clone()).context("a page is a text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_page_are_those_that_it_asks_for_by_itself() {
        let html =
            r#"<link rel="stylesheet" href="/a.css"><script type="module" src="/b.js"></script><a href="/c">c</a>"#;
        assert_eq!(files(html).into_iter().collect::<Vec<_>>(), ["/a.css", "/b.js"]);
    }

    #[test]
    fn an_attribute_is_looked_for_in_its_own_tag() {
        assert_eq!(attribute(r#"name="token" value="x">"#, "value"), Some("x"));
        assert_eq!(attribute(r#"name="token"> value="x""#, "value"), None);
    }
}
