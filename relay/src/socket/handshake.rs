//! From an HTTP request to a WebSocket (RFC 6455, section 4.2), or to a sentence that says why not.

use axum::http::header::{
    CONNECTION, HOST, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sotto_protocol::SUBPROTOCOL;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Why a request does not become a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// Not a request for a WebSocket, or for another version of it.
    #[error("This address speaks WebSocket (RFC 6455), version 13.")]
    NotWebSocket,
    /// The sub-protocol is missing or another.
    #[error("Ask for the WebSocket sub-protocol sotto.1; this relay speaks no other.")]
    SubProtocol,
    /// The page that asks is not this relay's.
    #[error("Only this relay's own page may open a connection from a browser.")]
    Origin,
    /// The relay drains.
    #[error(
        "The relay lets nobody in at the moment. Try again later.\nDas Relay lässt im Moment niemanden herein. Versuch es später noch einmal."
    )]
    Draining,
}

/// What the request must be answered with to become a WebSocket.
pub(super) fn accept(headers: &HeaderMap) -> Result<Response, Unfit> {
    if !same_origin(headers) {
        return Err(Unfit::Origin);
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let version = headers
        .get(SEC_WEBSOCKET_VERSION)
        .is_some_and(|version| version == "13");
    let (Some(key), true, true, true) = (
        key,
        version,
        names(headers, &UPGRADE, "websocket"),
        names(headers, &CONNECTION, "upgrade"),
    ) else {
        return Err(Unfit::NotWebSocket);
    };
    if !names(headers, &SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err(Unfit::SubProtocol);
    }
    let accept =
        HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| Unfit::NotWebSocket)?;
    let answer = [
        (CONNECTION, HeaderValue::from_static("upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
        (SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL)),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, answer).into_response())
}

/// A browser says which page asks; it must be one that this very host served. Other programs say nothing.
fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), headers.get(HOST).map(HeaderValue::to_str)) else {
        return false;
    };
    let from = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    from.is_some_and(|from| from.eq_ignore_ascii_case(host))
}

/// Whether a header's list has this entry.
fn names(headers: &HeaderMap, header: &HeaderName, entry: &str) -> bool {
    headers
        .get_all(header)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|named| named.trim().eq_ignore_ascii_case(entry))
}

impl IntoResponse for Unfit {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotWebSocket | Self::SubProtocol => StatusCode::BAD_REQUEST,
            Self::Origin => StatusCode::FORBIDDEN,
            Self::Draining => StatusCode::SERVICE_UNAVAILABLE,
        };
        // Whoever cannot speak with this relay is told what it speaks: a browser lets a page see that by a plain request.
        let speaks = [(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL))];
        (status, speaks, format!("{self}\n")).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(change: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let usual = [
            ("host", "example.org:8080"),
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "other, sotto.1"),
        ];
        for (name, value) in usual.iter().chain(change) {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn accepted_with_the_answer_of_the_standard() {
        let response = accept(&headers(&[])).unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        // The example of RFC 6455, section 1.3.
        assert_eq!(
            response.headers()[SEC_WEBSOCKET_ACCEPT],
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
        assert_eq!(response.headers()[SEC_WEBSOCKET_PROTOCOL], "sotto.1");
        assert!(
            !response.headers().contains_key("sec-websocket-extensions"),
            "no compression"
        );
    }

    #[test]
    fn refused_with_a_reason() {
        for (change, why) in [
            (("sec-websocket-protocol", "sotto.2"), Unfit::SubProtocol),
            (("sec-websocket-protocol", ""), Unfit::SubProtocol),
            (("sec-websocket-version", "12"), Unfit::NotWebSocket),
            (("sec-websocket-key", "short"), Unfit::NotWebSocket),
            (("upgrade", "h2c"), Unfit::NotWebSocket),
            (("connection", "close"), Unfit::NotWebSocket),
            (("origin", "https://elsewhere.example"), Unfit::Origin),
            (("origin", "https://example.org"), Unfit::Origin),
            (("origin", "null"), Unfit::Origin),
        ] {
            let unfit = accept(&headers(&[change])).unwrap_err();
            assert_eq!(unfit, why, "{change:?}");
            let response = unfit.into_response();
            assert_eq!(response.headers()[SEC_WEBSOCKET_PROTOCOL], SUBPROTOCOL);
        }
    }

    #[test]
    fn the_own_page_may() {
        for origin in ["http://example.org:8080", "https://EXAMPLE.org:8080"] {
            assert!(accept(&headers(&[("origin", origin)])).is_ok());
        }
    }
}
