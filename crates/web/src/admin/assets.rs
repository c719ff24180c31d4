//! The files that pages are shown with: style, scripts, the mark.
//!
//! They are in the program, so that none can be missing or of another version. The name of each holds its hash: a browser keeps it
//! for a year, and a new version has a new name.

use std::collections::BTreeMap;
use std::io::Write as _;

use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ContentEncoding, Encoding, HeaderName, HeaderValue,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::problem_body::Problem;
use crate::request::{Path, get};

/// Where the pages of the hub find them.
const FOLDER: &str = "/admin/static/";
/// Where the checkout finds them: a proxy may show strangers that and nothing of the hub.
const CHECKOUT_FOLDER: &str = "/checkout/static/";

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
        include_str!("../../static/css/checkout.css"),
    ),
};

const MARK: File =
    File { stem: "mark", extension: "svg", content_type: "image/svg+xml", text: include_str!("../../static/mark.svg") };

/// One idea each; none needs another.
const SCRIPTS: [File; 6] = [
    script("conceal", include_str!("../../static/conceal.js")),
    script("copy", include_str!("../../static/copy.js")),
    script("dialog", include_str!("../../static/dialog.js")),
    script("hash", include_str!("../../static/hash.js")),
    script("once", include_str!("../../static/once.js")),
    script("submit", include_str!("../../static/submit.js")),
];

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
}

/// The files as they are served. Made once, when the program starts: hashing and compressing them takes milliseconds.
pub(crate) struct Assets {
    files: BTreeMap<String, Asset>,
    links: AssetLinks,
    checkout_links: AssetLinks,
}

/// A file as it is served.
pub(crate) struct Asset {
    content_type: &'static str,
    identity: Bytes,
    gzip: Bytes,
}

/// Where pages find the files.
#[derive(Clone, Debug)]
pub(crate) struct AssetLinks {
    /// The style of every page.
    pub(crate) style: String,
    /// The scripts of every page, in no order that matters.
    pub(crate) scripts: Vec<String>,
    /// The mark, for the tab of the browser.
    pub(crate) mark: String,
}

impl Assets {
    /// Hashes and compresses the files.
    ///
    /// # Panics
    /// Never: memory can be written to.
    pub(crate) fn new() -> Self {
        let files = [&STYLE, &MARK].into_iter().chain(&SCRIPTS).map(|file| (file.name(), Asset::new(file))).collect();
        let links = |folder: &str, scripts: &[File]| {
            let link = |file: &File| format!("{folder}{}", file.name());
            AssetLinks { style: link(&STYLE), scripts: scripts.iter().map(link).collect(), mark: link(&MARK) }
        };
        Self { files, links: links(FOLDER, &SCRIPTS), checkout_links: links(CHECKOUT_FOLDER, &[]) }
    }

    /// Where pages find the files.
    pub(crate) fn links(&self) -> AssetLinks {
        self.links.clone()
    }

    /// Where the checkout finds the files that it is shown with.
    pub(crate) fn checkout_links(&self) -> AssetLinks {
        self.checkout_links.clone()
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
        }
    }
}

/// The path of each of them. Its application needs [`Assets`] as data.
pub(crate) fn paths() -> Vec<Path> {
    ["/admin/static/{name}", "/checkout/static/{name}"]
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
    if takes_gzip(&req) {
        return Ok(res.insert_header((CONTENT_ENCODING, HeaderValue::from_static("gzip"))).body(asset.gzip.clone()));
    }
    Ok(res.body(asset.identity.clone()))
}

/// Whether the caller says so; who says nothing may be a tool that cannot read it.
fn takes_gzip(req: &HttpRequest) -> bool {
    use actix_web::http::header::Header as _;
    let supported = [Encoding::gzip(), Encoding::identity()];
    let chosen = AcceptEncoding::parse(req).ok().and_then(|accepted| accepted.negotiate(supported.iter()));
    chosen == Some(Encoding::Known(ContentEncoding::Gzip))
}

#[cfg(test)]
impl AssetLinks {
    /// Links without hashes, so that a snapshot of a page does not change with the style.
    pub(crate) fn sample() -> Self {
        let link = |file: &File| format!("{FOLDER}{}.hash.{}", file.stem, file.extension);
        Self { style: link(&STYLE), scripts: SCRIPTS.iter().map(link).collect(), mark: link(&MARK) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use actix_web::App;
    use actix_web::dev::ServiceResponse;
    use actix_web::http::{Method, StatusCode};
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use flate2::read::GzDecoder;

    use super::*;

    async fn fetch(req: TestRequest) -> ServiceResponse {
        let app = App::new().app_data(Data::new(Assets::new())).configure(|config| {
            for path in paths() {
                config.service(path.into_resource());
            }
        });
        call_service(&init_service(app).await, req.to_request()).await
    }

    fn header<'a>(res: &'a ServiceResponse, name: &str) -> Option<&'a str> {
        res.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[actix_web::test]
    async fn a_file_is_compressed_for_whoever_takes_it() {
        let style = Assets::new().links().style;
        let res = fetch(TestRequest::get().uri(&style).insert_header(("accept-encoding", "br, gzip, deflate"))).await;
        assert_eq!(header(&res, "content-encoding"), Some("gzip"));
        assert_eq!(header(&res, "vary"), Some("Accept-Encoding"));
        let mut text = String::new();
        GzDecoder::new(read_body(res).await.as_ref()).read_to_string(&mut text).unwrap();
        assert_eq!(text, STYLE.text);
    }

    #[actix_web::test]
    async fn a_file_is_plain_for_whoever_does_not_take_gzip() {
        let style = Assets::new().links().style;
        for accepted in [None, Some("br"), Some("gzip;q=0"), Some("identity, gzip;q=0.5")] {
            let mut req = TestRequest::get().uri(&style);
            if let Some(accepted) = accepted {
                req = req.insert_header(("accept-encoding", accepted));
            }
            let res = fetch(req).await;
            assert_eq!(header(&res, "content-encoding"), None, "{accepted:?}");
            assert_eq!(read_body(res).await, STYLE.text, "{accepted:?}");
        }
    }

    #[actix_web::test]
    async fn a_file_may_be_kept_for_a_year_and_is_what_it_says() {
        let links = Assets::new().links();
        let of_checkout = Assets::new().checkout_links();
        let styles = [links.style, of_checkout.style].map(|style| (style, "text/css; charset=utf-8"));
        let marks = [links.mark, of_checkout.mark].map(|mark| (mark, "image/svg+xml"));
        let cases = styles.into_iter().chain(marks);
        let scripts = links.scripts.into_iter().map(|script| (script, "text/javascript; charset=utf-8"));
        for (link, content_type) in cases.chain(scripts) {
            let res = fetch(TestRequest::get().uri(&link)).await;
            assert_eq!(res.status(), StatusCode::OK, "{link}");
            assert_eq!(header(&res, "content-type"), Some(content_type));
            assert_eq!(header(&res, "cache-control"), Some("public, max-age=31536000, immutable"));
            assert_eq!(header(&res, "x-content-type-options"), Some("nosniff"));
        }
    }

    #[actix_web::test]
    async fn head_tells_the_same_as_get() {
        let style = Assets::new().links().style;
        let got = fetch(TestRequest::get().uri(&style)).await;
        let headed = fetch(TestRequest::default().method(Method::HEAD).uri(&style)).await;
        assert_eq!(headed.status(), StatusCode::OK);
        assert_eq!(header(&headed, "content-type"), header(&got, "content-type"));
    }

    #[actix_web::test]
    async fn an_unknown_name_is_not_found_and_not_kept() {
        for name in ["hub.css", "hub.0000000000000000.css", "..%2fCargo.toml", "%00"] {
            let res = fetch(TestRequest::get().uri(&format!("/admin/static/{name}"))).await;
            assert_eq!(res.status(), StatusCode::NOT_FOUND, "{name}");
            assert_eq!(header(&res, "cache-control"), None);
        }
    }

    #[test]
    fn a_name_holds_the_hash_of_the_file() {
        let name = MARK.name();
        let parts: Vec<_> = name.split('.').collect();
        assert_eq!((parts[0], parts[2], parts.len()), ("mark", "svg", 3));
        assert!(blake3::hash(MARK.text.as_bytes()).to_string().starts_with(parts[1]));
        assert_eq!(parts[1].len(), HASH_DIGITS);
    }

    #[test]
    fn a_first_visit_is_small() {
        let assets = Assets::new();
        let bytes = |extension: &str| -> usize {
            let found = assets.files.iter().filter(|(name, _)| name.ends_with(extension));
            found.map(|(_, asset)| asset.gzip.len()).sum()
        };
        assert!(bytes(".css") <= 8 * 1024, "{}", bytes(".css"));
        assert!(bytes(".js") <= 4 * 1024, "{}", bytes(".js"));
    }
}
