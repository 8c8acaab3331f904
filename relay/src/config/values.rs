//! How values are written, and what is told of one that is not.

use std::time::Duration;

use axum::http::Uri;
use ipnet::IpNet;
use sotto_protocol::limits;

/// The least that may wait for a slow reader: a snapshot and a message.
const LEAST_QUEUE: usize = 2 * limits::FRAME;

/// Whole seconds, at least one and at most what the wire's 32 bits hold.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let allowed = "must be whole seconds, at least 1s, written like 90s, 15m, 1h or 7d";
    let time = humantime::parse_duration(text).map_err(|_| allowed.to_owned())?;
    let fits = time.subsec_nanos() == 0 && (1..=u64::from(u32::MAX)).contains(&time.as_secs());
    if fits { Ok(time) } else { Err(allowed.to_owned()) }
}

pub(super) fn queue(text: &str) -> Result<usize, String> {
    let allowed = format!("must be a number of bytes, at least {LEAST_QUEUE}");
    match text.parse() {
        Ok(bytes) if bytes >= LEAST_QUEUE => Ok(bytes),
        _ => Err(allowed),
    }
}

/// The least that a request's head may have: a browser's has about a thousand bytes, and HTTP's reader takes no less.
const LEAST_HEAD: usize = 8192;

pub(super) fn head(text: &str) -> Result<usize, String> {
    let allowed = format!("must be a number of bytes, at least {LEAST_HEAD} and at most 1048576");
    match text.parse() {
        Ok(bytes @ LEAST_HEAD..=0x10_0000) => Ok(bytes),
        _ => Err(allowed),
    }
}

/// The least that the database may take: its empty tables, and a log for them.
const LEAST_DISK: u64 = 1_000_000;

/// So many bytes, or kilobytes, megabytes, gigabytes or terabytes (of a thousand each).
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let allowed = || "must be a number of bytes, at least 1MB, written like 500MB, 10GB or 2TB".to_owned();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: u64 = match text.get(digits.len()..) {
        Some("") => 1,
        Some("kB" | "KB") => 1000,
        Some("MB") => 1_000_000,
        Some("GB") => 1_000_000_000,
        Some("TB") => 1_000_000_000_000,
        _ => return Err(allowed()),
    };
    digits
        .parse()
        .ok()
        .and_then(|number: u64| number.checked_mul(unit))
        .filter(|bytes| *bytes >= LEAST_DISK)
        .ok_or_else(allowed)
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse::<IpNet>()
        .or_else(|_| address())
        .map_err(|_| "must be a network, such as 10.0.0.0/8 or fd00::/8, or an address".to_owned())
}

/// A name that a certificate can be issued for, in lower case.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let top = text.rsplit('.').next().unwrap_or_default();
    let is_name = text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && !top.bytes().all(|byte| byte.is_ascii_digit());
    if is_name {
        return Ok(text.to_ascii_lowercase());
    }
    Err("must be a name such as relay.example.org, without a scheme, a port or a star; one with other letters than \
         a to z as xn--..."
        .to_owned())
}

/// A mail address.
pub(super) fn contact(text: &str) -> Result<String, String> {
    let is_plain = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"@,:?&%<>\"".contains(&byte))
    };
    match text.split_once('@') {
        Some((before, after)) if is_plain(before) && is_plain(after) => Ok(text.to_owned()),
        _ => Err("must be one mail address, such as me@example.org".to_owned()),
    }
}

/// Where a certificate authority is: it is spoken to over TLS only.
pub(super) fn authority(text: &str) -> Result<Uri, String> {
    let uri = text.parse::<Uri>().ok();
    uri.filter(|uri| uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| !host.is_empty()))
        .ok_or_else(|| "must be an address that begins with https://".to_owned())
}
