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

fn plain(coding: Option<&str>, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        Some("br") => {
            brotli::Decompressor::new(bytes, 4_096).read_to_end(&mut plain).unwrap();
        }
        Some("gzip") => {
            GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
        }
        _ => plain.extend(bytes),
    }
    plain
}

#[actix_web::test]
async fn a_file_is_compressed_by_what_its_caller_takes_best() {
    let style = Assets::new().links().style;
    let cases = [
        // What browsers say: none of it is preferred, and the smallest is sent.
        (Some("gzip, deflate, br, zstd"), Some("br")),
        (Some("gzip"), Some("gzip")),
        (Some("br;q=0.1, gzip;q=0.9"), Some("gzip")),
        (Some("identity, gzip;q=0.5"), None),
        (Some("gzip;q=0, br;q=0"), None),
        (None, None),
    ];
    for (accepted, expected) in cases {
        let mut req = TestRequest::get().uri(&style);
        if let Some(accepted) = accepted {
            req = req.insert_header(("accept-encoding", accepted));
        }
        let res = fetch(req).await;
        assert_eq!(header(&res, "content-encoding"), expected, "{accepted:?}");
        assert_eq!(header(&res, "vary"), Some("Accept-Encoding"));
        assert_eq!(plain(expected, &read_body(res).await), STYLE.text.as_bytes(), "{accepted:?}");
    }
}

#[test]
fn every_file_has_its_brotli_form() {
    for file in all() {
        let bytes = file.brotli().unwrap_or_else(|| panic!("{} has none", file.name()));
        assert_eq!(plain(Some("br"), bytes), file.text.as_bytes(), "{}", file.name());
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

/// Of the 60 KiB of a first visit: what is left for the page itself must hold fifty keys with all that is shown beside them.
const FILES_BYTES_MAX: usize = 30 * 1024;

#[test]
fn a_first_visit_is_small() {
    let assets = Assets::new();
    for coding in [Coding::Brotli, Coding::Gzip] {
        let bytes: usize = assets.files.values().map(|asset| asset.coded(coding).len()).sum();
        assert!(bytes <= FILES_BYTES_MAX, "{coding:?}: {bytes}");
    }
}
