use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use tower::ServiceExt;

use super::encoding::{Accepted, accepted};
use super::{Asset, Encoding, Transport, router, with_headers};
use crate::config::operator::OperatorSettings;

async fn ask(app: Router, method: Method, path: &str, accept: &str) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT_ENCODING, accept);
    app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn app() -> Router {
    with_headers(router(&OperatorSettings::default(), ""), Transport::Plain)
}

fn header_of<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_entry_page_is_never_kept() {
    let response = ask(app(), Method::GET, "/", "").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "cache-control"), "no-store");
    assert_eq!(header_of(&response, "content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn every_answer_has_the_headers_and_no_cookie() {
    for (method, path, status) in [
        (Method::GET, "/", StatusCode::OK),
        (Method::HEAD, "/", StatusCode::OK),
        (Method::POST, "/", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/nothing/here", StatusCode::NOT_FOUND),
        (Method::GET, "/x", StatusCode::NO_CONTENT),
    ] {
        let response = ask(app(), method, path, "br").await;
        assert_eq!(response.status(), status, "{path}");
        let policy = header_of(&response, "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "),
            "{policy}"
        );
        assert!(
            policy.ends_with("require-trusted-types-for 'script'; trusted-types sotto"),
            "{policy}"
        );
        assert_eq!(header_of(&response, "cross-origin-opener-policy"), "same-origin");
        assert_eq!(
            header_of(&response, "cross-origin-embedder-policy"),
            "require-corp"
        );
        assert_eq!(
            header_of(&response, "cross-origin-resource-policy"),
            "same-origin"
        );
        assert_eq!(
            header_of(&response, "integrity-policy"),
            "blocked-destinations=(script)"
        );
        assert_eq!(header_of(&response, "referrer-policy"), "no-referrer");
        assert_eq!(header_of(&response, "x-content-type-options"), "nosniff");
        assert!(header_of(&response, "x-robots-tag").starts_with("noindex"));
        assert_eq!(header_of(&response, "cache-control"), "no-store");
        let permissions = header_of(&response, "permissions-policy");
        assert!(
            permissions
                .split(", ")
                .all(|item| item.ends_with("=()") || item == "clipboard-write=(self)")
        );
        assert!(response.headers().get(header::SET_COOKIE).is_none());
        let forgets = if path == "/x" {
            "\"cache\", \"storage\""
        } else {
            ""
        };
        assert_eq!(header_of(&response, "clear-site-data"), forgets);
        assert!(
            response
                .headers()
                .get(header::STRICT_TRANSPORT_SECURITY)
                .is_none()
        );
    }
}

#[tokio::test]
async fn only_tls_is_told_to_stay() {
    let response = ask(
        with_headers(router(&OperatorSettings::default(), ""), Transport::Tls),
        Method::GET,
        "/",
        "",
    )
    .await;
    assert!(header_of(&response, "strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn below_a_path_there_is_all_and_beside_it_nothing() {
    let app = || {
        with_headers(
            router(&OperatorSettings::default(), "/some/path"),
            Transport::Plain,
        )
    };
    for (path, status) in [
        ("/some/path/", StatusCode::OK),
        ("/some/path", StatusCode::PERMANENT_REDIRECT),
        ("/some/path/x", StatusCode::NO_CONTENT),
        ("/", StatusCode::NOT_FOUND),
        ("/x", StatusCode::NOT_FOUND),
        ("/some/", StatusCode::NOT_FOUND),
        ("/some/pathway", StatusCode::NOT_FOUND),
    ] {
        let response = ask(app(), Method::GET, path, "").await;
        assert_eq!(response.status(), status, "{path}");
        let leads = if path == "/some/path" { "/some/path/" } else { "" };
        assert_eq!(header_of(&response, "location"), leads, "{path}");
        // What others have stored at this site stays.
        let forgets = if path == "/some/path/x" { "\"cache\"" } else { "" };
        assert_eq!(header_of(&response, "clear-site-data"), forgets, "{path}");
    }
}

/// Serves a file that stands for any of the tree.
static SAMPLE: Asset = Asset {
    path: "/a/0/app.js",
    content_type: "text/javascript; charset=utf-8",
    identity: b"identity",
    brotli: Some(b"brotli"),
    gzip: Some(b"gzip"),
};

#[test]
fn the_smallest_allowed_twin_is_sent() {
    let encoding = |accept: &'static str| {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accept))]);
        SAMPLE.negotiate(&headers)
    };
    assert_eq!(
        encoding("gzip, deflate, br, zstd"),
        (Encoding::Brotli, &b"brotli"[..])
    );
    assert_eq!(encoding("gzip, deflate"), (Encoding::Gzip, &b"gzip"[..]));
    assert_eq!(encoding("br;q=0, *"), (Encoding::Gzip, &b"gzip"[..]));
    assert_eq!(encoding("identity"), (Encoding::Identity, &b"identity"[..]));
    assert_eq!(SAMPLE.negotiate(&HeaderMap::new()).0, Encoding::Identity);
}

#[test]
fn the_tree_is_kept_for_ever() {
    let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("br"))]);
    let response = super::respond(&SAMPLE, &headers);
    assert_eq!(
        header_of(&response, "cache-control"),
        "public, max-age=31536000, immutable, no-transform"
    );
    assert_eq!(header_of(&response, "content-encoding"), "br");
    assert_eq!(header_of(&response, "vary"), "accept-encoding");
}

#[test]
fn weights_of_zero_forbid() {
    let read = |accept: &'static str| {
        accepted(&HeaderMap::from_iter([(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static(accept),
        )]))
    };
    assert_eq!(
        read("br;q=0.5, gzip;q=1"),
        Accepted {
            brotli: true,
            gzip: true
        }
    );
    assert_eq!(
        read("br;q=0.000, GZIP"),
        Accepted {
            brotli: false,
            gzip: true
        }
    );
    assert_eq!(read("*;q=0"), Accepted::default());
    assert_eq!(read("brotli, zip"), Accepted::default());
}
