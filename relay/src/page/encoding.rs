//! Which compressed twin a browser takes.

use axum::http::{HeaderMap, header};

/// How a response's body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

impl Encoding {
    /// The value of `Content-Encoding`; none for the bytes as they are.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

/// What `Accept-Encoding` allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) brotli: bool,
    pub(super) gzip: bool,
}

/// Reads `Accept-Encoding`. Among what is allowed the relay chooses by size, so weights count only where they are 0.
pub(super) fn accepted(headers: &HeaderMap) -> Accepted {
    let mut named = (None, None);
    let mut any = false;
    let values = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    for item in values.flat_map(|value| value.split(',')) {
        let (coding, parameters) = item.split_once(';').unwrap_or((item, ""));
        let allowed = !is_zero(parameters);
        match coding.trim().to_ascii_lowercase().as_str() {
            "br" => named.0 = Some(allowed),
            "gzip" | "x-gzip" => named.1 = Some(allowed),
            "*" => any = allowed,
            _ => {}
        }
    }
    Accepted {
        brotli: named.0.unwrap_or(any),
        gzip: named.1.unwrap_or(any),
    }
}

/// Whether parameters hold a weight of 0, which means "not this one".
fn is_zero(parameters: &str) -> bool {
    let weight = parameters
        .trim()
        .strip_prefix("q=")
        .and_then(|weight| weight.trim().parse::<f32>().ok());
    weight.is_some_and(|weight| weight <= 0.0)
}
