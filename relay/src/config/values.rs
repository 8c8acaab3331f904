//! How values are written, and what is told of one that is not.

use std::time::Duration;

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

/// A network, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse::<IpNet>()
        .or_else(|_| address())
        .map_err(|_| "must be a network, such as 10.0.0.0/8 or fd00::/8, or an address".to_owned())
}
