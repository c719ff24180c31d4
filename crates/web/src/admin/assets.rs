//! The files that pages are shown with: style, scripts, the mark.
//!
//! They are in the program, so that none can be missing or of another version. The name of each holds its hash: a browser keeps it
//! for a year, and a new version has a new name.

use std::collections::BTreeMap;
use std::io::Write as _;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::coding::{Coding, chosen};
use crate::problem_body::Problem;
use crate::request::{Path, get};

/// Where the pages of the hub find them.
const FOLDER: &str = "/admin/static/";
/// Where the checkout finds them: a proxy may show strangers that and nothing of the hub.
const CHECKOUT_FOLDER: &str = "/checkout/static/";
/// Where the reference for everybody finds them, likewise.
const REFERENCE_FOLDER: &str = "/reference/static/";

/// No other site shows our files as its own, or learns from them that there is a hub.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Digits of the hash in a name: enough that no two versions share one.
const HASH_DIGITS: usize = 16;

const STYLE: File = File {
    stem: "hub",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    text: concat!(
        include_str!("../../static/css/tokens.css"),
        include_str!("../../static/css/base.css"),
        include_str!("../../static/css/controls.css"),
        include_str!("../../static/css/parts.css"),
        include_str!("../../static/css/overview.css"),
        include_str!("../../static/css/plot.css"),
        include_str!("../../static/css/table.css"),
        include_str!("../../static/css/shell.css"),
        include_str!("../../static/css/page.css"),
        include_str!("../../static/css/webhooks.css"),
        include_str!("../../static/css/checkout.css"),
        include_str!("../../static/css/keys.css"),
        include_str!("../../static/css/reference.css"),
    ),
};

const MARK: File =
    File { stem: "mark", extension: "svg", content_type: "image/svg+xml", text: include_str!("../../static/mark.svg") };

/// The scripts of every page, one idea each; none needs another. They go as one file, so that a first visit asks once, each in a block,
/// so that none sees what another one names.
const SCRIPT: File = script(
    "hub",
    concat!(
        "{\n",
        include_str!("../../static/hub/conceal.js"),
        "}\n{\n",
        include_str!("../../static/hub/copy.js"),
        "}\n{\n",
        include_str!("../../static/hub/dialog.js"),
        "}\n{\n",
        include_str!("../../static/hub/hash.js"),
        "}\n{\n",
        include_str!("../../static/hub/once.js"),
        "}\n{\n",
        include_str!("../../static/hub/submit.js"),
        "}\n",
    ),
);

/// Scripts of single pages, which name them themselves: nobody else waits for them.
const PAGE_SCRIPTS: [File; 4] = [
    script("event-picker", include_str!("../../static/event-picker.js")),
    script("refresh", include_str!("../../static/refresh.js")),
    script("tail", include_str!("../../static/tail.js")),
    script("url-check", include_str!("../../static/url-check.js")),
];

/// What only the pages of the endpoint reference need besides.
const REFERENCE_SCRIPTS: [File; 2] = [
    script("console", include_str!("../../static/console.js")),
    script("narrow", include_str!("../../static/narrow.js")),
];

fn all() -> impl Iterator<Item = &'static File> {
    [&STYLE, &MARK, &SCRIPT].into_iter().chain(&PAGE_SCRIPTS).chain(&REFERENCE_SCRIPTS)
}

/// A file as it is written.
struct File {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const fn script(stem: &'static str, text: &'static str) -> File {
    File { stem, extension: "js", content_type: "text/javascript; charset=utf-8", text }
}

impl File {
    /// `hub.0123456789abcdef.css`.
    fn name(&self) -> String {
        let hash = blake3::hash(self.text.as_bytes()).to_hex();
        let digits: String = hash.chars().take(HASH_DIGITS).collect();
        format!("{}.{digits}.{}", self.stem, self.extension)
    }

    fn brotli(&self) -> Option<&'static [u8]> {
        let name = format!("{}.{}", self.stem, self.extension);
        BROTLI.iter().find(|(named, _)| *named == name).map(|(_, bytes)| *bytes)
    }
}

/// What `build.rs` has made of the files above: a name without a hash, and the bytes for whoever takes brotli.
const BROTLI: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/brotli.rs"));

/// The files as they are served. Made once, when the program starts: hashing them, and compressing them for whoever takes only
/// gzip, takes milliseconds. Brotli takes longer and more memory, and is done when the program is built.
pub(crate) struct Assets {
    files: BTreeMap<String, Asset>,
    links: AssetLinks,
    checkout_links: AssetLinks,
    reference_links: AssetLinks,
    public_reference_links: AssetLinks,
}

/// A file as it is served.
pub(crate) struct Asset {
    content_type: &'static str,
    identity: Bytes,
    gzip: Bytes,
    brotli: Option<&'static [u8]>,
}

/// Where pages find the files.
#[derive(Clone, Debug)]
pub(crate) struct AssetLinks {
    /// The style of every page.
    pub(crate) style: String,
    /// That of every page, and those of its part of the hub, in no order that matters.
    pub(crate) scripts: Vec<String>,
    /// The scripts of single pages, by what they are called.
    page_scripts: BTreeMap<&'static str, String>,
    /// The mark, for the tab of the browser.
    pub(crate) mark: String,
}

impl Assets {
    /// Hashes and compresses the files.
    ///
    /// # Panics
    /// Never: memory can be written to.
    pub(crate) fn new() -> Self {
        let files = all().map(|file| (file.name(), Asset::new(file))).collect();
        let links = |folder: &str, scripts: &[&File]| {
            let link = |file: &File| format!("{folder}{}", file.name());
            AssetLinks {
                style: link(&STYLE),
                scripts: scripts.iter().map(|script| link(script)).collect(),
                page_scripts: PAGE_SCRIPTS.iter().map(|file| (file.stem, link(file))).collect(),
                mark: link(&MARK),
            }
        };
        let of_reference: Vec<_> = std::iter::once(&SCRIPT).chain(&REFERENCE_SCRIPTS).collect();
        Self {
            files,
            links: links(FOLDER, &[&SCRIPT]),
            checkout_links: links(CHECKOUT_FOLDER, &[]),
            reference_links: links(FOLDER, &of_reference),
            public_reference_links: links(REFERENCE_FOLDER, &of_reference),
        }
    }

    /// Where pages find the files.
    pub(crate) fn links(&self) -> AssetLinks {
        self.links.clone()
    }

    /// Where the checkout finds the files that it is shown with.
    pub(crate) fn checkout_links(&self) -> AssetLinks {
        self.checkout_links.clone()
    }

    /// Where the pages of the endpoint reference find the files.
    pub(crate) fn reference_links(&self) -> AssetLinks {
        self.reference_links.clone()
    }

    /// Where they find them as pages for everybody.
    pub(crate) fn public_reference_links(&self) -> AssetLinks {
        self.public_reference_links.clone()
    }

    /// The file of that name, hash included.
    pub(crate) fn find(&self, name: &str) -> Option<&Asset> {
        self.files.get(name)
    }
}

impl Asset {
    fn new(file: &File) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(file.text.as_bytes()).expect("memory can be written to");
        let gzip = encoder.finish().expect("memory can be written to");
        Self {
            content_type: file.content_type,
            identity: Bytes::from_static(file.text.as_bytes()),
            gzip: Bytes::from(gzip),
            brotli: file.brotli(),
        }
    }

    fn has(&self, coding: Coding) -> bool {
        coding != Coding::Brotli || self.brotli.is_some()
    }

    /// The bytes in a coding that it has.
    fn coded(&self, coding: Coding) -> Bytes {
        match (coding, self.brotli) {
            (Coding::Brotli, Some(bytes)) => Bytes::from_static(bytes),
            (Coding::Gzip, _) => self.gzip.clone(),
            (Coding::Brotli | Coding::Identity, _) => self.identity.clone(),
        }
    }
}

/// The path of each of them. Its application needs [`Assets`] as data.
pub(crate) fn paths() -> Vec<Path> {
    ["/admin/static/{name}", "/checkout/static/{name}", "/reference/static/{name}"]
        .map(|template| Path::new(template, "GET, HEAD").route(get().to(serve)))
        .into()
}

/// Answers with the file that the path names: what a proxy or a browser may keep for ever.
///
/// # Errors
/// When there is no such file.
pub(crate) async fn serve(req: HttpRequest, assets: Data<Assets>) -> Result<HttpResponse, Problem> {
    let name = req.match_info().get("name").unwrap_or_default();
    let asset = assets.find(name).ok_or_else(Problem::route_not_found)?;
    let mut res = HttpResponse::Ok();
    res.insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((RESOURCE_POLICY, "same-origin"));
    let coding = chosen(req.headers(), |coding| asset.has(coding));
    if let Some(token) = coding.token() {
        res.insert_header((CONTENT_ENCODING, token));
    }
    Ok(res.body(asset.coded(coding)))
}

impl AssetLinks {
    /// Where a page finds a script of its own.
    ///
    /// # Panics
    /// When there is none of that name: each template is drawn by a test.
    pub(crate) fn page_script(&self, stem: &str) -> &str {
        self.page_scripts.get(stem).expect("templates name scripts that are there")
    }
}

#[cfg(test)]
impl AssetLinks {
    /// Links without hashes, so that a snapshot of a page does not change with the style.
    pub(crate) fn sample() -> Self {
        let link = |file: &File| format!("{FOLDER}{}.hash.{}", file.stem, file.extension);
        let page_scripts = PAGE_SCRIPTS.iter().map(|file| (file.stem, link(file))).collect();
        Self { style: link(&STYLE), scripts: vec![link(&SCRIPT)], page_scripts, mark: link(&MARK) }
    }
}

#[cfg(test)]
#[path = "assets_tests.rs"]
mod tests;
