//! The page, embedded in the relay's binary and compressed beforehand.
//!
//! Assets lie under `/a/<hash of the whole tree>/` and may be kept for ever; the entry pages name that tree and are
//! never kept. No cookie is read or set, nothing is logged.

mod encoding;
mod headers;
mod operator;
mod sentences;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

pub use encoding::Encoding;
pub use headers::{Transport, with_form_headers, with_headers};

use crate::config::operator::OperatorSettings;

/// A file of the page.
#[derive(Debug)]
pub struct Asset {
    /// The path of its URL.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub identity: &'static [u8],
    /// Its bytes in brotli, where that is smaller.
    pub brotli: Option<&'static [u8]>,
    /// Its bytes in gzip, where that is smaller.
    pub gzip: Option<&'static [u8]>,
}

/// Written by `build.rs`; empty where there was no page to embed.
static BUILT: &[Asset] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// Stands in for the page where cargo built the relay without `build.sh`.
static NOT_BUILT: &[Asset] = &[Asset {
    path: "/",
    content_type: "text/html; charset=utf-8",
    identity: include_bytes!("not-built.html"),
    brotli: None,
    gzip: None,
}];

/// Whether the page is in this binary; if not, a notice is.
pub fn is_built() -> bool {
    !BUILT.is_empty()
}

/// The file at a path.
pub fn lookup(path: &str) -> Option<&'static Asset> {
    let table = if is_built() { BUILT } else { NOT_BUILT };
    table.iter().find(|asset| asset.path == path)
}

/// All files of the page.
pub fn assets() -> impl Iterator<Item = &'static Asset> {
    if is_built() {
        BUILT.iter()
    } else {
        NOT_BUILT.iter()
    }
}

impl Asset {
    /// Whether the path holds the hash of the content, so that it may be kept for ever.
    pub fn is_immutable(&self) -> bool {
        self.path.starts_with("/a/")
    }

    /// The bytes in the best encoding that the browser takes.
    fn negotiate(&self, accept: &HeaderMap) -> (Encoding, &'static [u8]) {
        let accepted = encoding::accepted(accept);
        match (self.brotli, self.gzip) {
            (Some(bytes), _) if accepted.brotli => (Encoding::Brotli, bytes),
            (_, Some(bytes)) if accepted.gzip => (Encoding::Gzip, bytes),
            _ => (Encoding::Identity, self.identity),
        }
    }
}

/// What a browser is asked to drop of this site: all but cookies, which would be those of the operator's other sites, and
/// of which we set none. (Execution contexts are not asked for: the page replaces itself, and says nothing to other tabs.)
const DROP: &str = "\"cache\", \"storage\"";
/// The same where the site has other things beside the relay: their storage is not ours to drop.
const DROP_BESIDE_OTHERS: &str = "\"cache\"";

/// Serves every file of the page by `GET` and `HEAD`, with what whoever runs the relay says in it where it has a place for
/// that; `security.txt`, if it names somebody; and `/x`, which says nothing and asks the browser to forget. All of it below a
/// path, and `security.txt` at the root too, where it is looked for.
pub fn router<S: Clone + Send + Sync + 'static>(operator: &OperatorSettings, base: &str) -> Router<S> {
    let drop = if base.is_empty() { DROP } else { DROP_BESIDE_OTHERS };
    let forget = get(async move || {
        (
            StatusCode::NO_CONTENT,
            [(HeaderName::from_static("clear-site-data"), drop)],
        )
    });
    let said = operator.clone();
    let security = get(
        async move || match operator::security_txt(&said, SystemTime::now()) {
            Some(text) => text.into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
    );
    let mut router = Router::new()
        .route(&format!("{base}/x"), forget)
        .route(operator::PATH, security.clone());
    if !base.is_empty() {
        // The page's addresses are relative: without the slash they would lead beside it.
        let inside = Redirect::permanent(&format!("{base}/"));
        router = router
            .route(base, get(async move || inside))
            .route(&format!("{base}{}", operator::PATH), security);
    }
    assets().fold(router, |router, asset| {
        let page = match operator::filled(asset, operator) {
            None => get(move |accept: HeaderMap| async move { respond(asset, &accept) }),
            Some(page) => {
                let page = Bytes::from(page);
                get(move || async move { ([(header::CONTENT_TYPE, asset.content_type)], page) })
            }
        };
        router.route(&format!("{base}{}", asset.path), page)
    })
}

fn respond(asset: &'static Asset, accept: &HeaderMap) -> Response {
    let (encoding, bytes) = asset.negotiate(accept);
    let cache = if asset.is_immutable() {
        "public, max-age=31536000, immutable, no-transform"
    } else {
        "no-store"
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(name) = encoding.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    response
}
