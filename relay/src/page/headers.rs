//! The one set of headers on every response of the relay, worker and wasm included: a worker obeys the headers of its
//! own script.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;

use super::sentences::in_words;

/// How people reach the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Plain HTTP: a local trial, or an onion service.
    Plain,
    /// TLS, ended by a proxy in front.
    Tls,
}

/// Only what the relay serves, no inline code or style, one Trusted Types policy, nobody may frame the page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types sotto";

/// Every feature that a browser knows is off; only writing to the clipboard is for us.
const PERMISSIONS_POLICY: &str = "accelerometer=(), \
    aria-notify=(), autoplay=(), browsing-topics=(), camera=(), \
    captured-surface-control=(), clipboard-read=(), clipboard-write=(self), compute-pressure=(), \
    cross-origin-isolated=(), deferred-fetch=(), display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), \
    geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), keyboard-map=(), \
    language-detector=(), language-model=(), local-fonts=(), local-network-access=(), magnetometer=(), microphone=(), \
    midi=(), on-device-speech-recognition=(), otp-credentials=(), payment=(), picture-in-picture=(), \
    private-state-token-issuance=(), private-state-token-redemption=(), publickey-credentials-create=(), \
    publickey-credentials-get=(), screen-wake-lock=(), serial=(), speaker-selection=(), \
    storage-access=(), summarizer=(), sync-xhr=(), translator=(), unload=(), usb=(), \
    window-management=(), xr-spatial-tracking=()";

/// What differs for pages with forms.
const FORMS: (&str, &str) = ("form-action 'none'", "form-action 'self'");

/// The headers and their values.
const HEADERS: [(&str, &str); 9] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    ("integrity-policy", "blocked-destinations=(script)"),
    ("permissions-policy", PERMISSIONS_POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex, nofollow, noarchive"),
];

/// Puts the headers on every response of `router`, refusals and errors included, and words into a refusal without any. Only under TLS a browser is told to
/// stay with it: the header means nothing otherwise.
pub fn with_headers<S: Clone + Send + Sync + 'static>(router: Router<S>, transport: Transport) -> Router<S> {
    router.layer(map_response(move |response: Response| async move {
        let mut response = in_words(response);
        let headers = response.headers_mut();
        for (name, value) in HEADERS {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if transport == Transport::Tls {
            let value = HeaderValue::from_static("max-age=63072000");
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
        }
        // What says nothing of its own may not be kept.
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        response
    }))
}

/// The same headers, on pages that send forms to the relay itself.
pub fn with_form_headers<S: Clone + Send + Sync + 'static>(
    router: Router<S>,
    transport: Transport,
) -> Router<S> {
    let policy = CONTENT_SECURITY_POLICY.replace(FORMS.0, FORMS.1);
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    with_headers(router, transport).layer(map_response(move |mut response: Response| {
        let policy = policy.clone();
        async move {
            response
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
    }))
}
