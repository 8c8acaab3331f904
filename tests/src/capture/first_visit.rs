//! What a first visit loads, until the entry form works and the session's wasm is there.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::Traffic;
use super::tap::Tap;
use crate::browser::Kind;
use crate::person::Person;
use crate::wait;

/// What was loaded for the entry form; what `integrity.js` pins for later is left out.
#[derive(Debug)]
pub struct FirstVisit {
    /// Each response: how many bytes its body took on the wire, and of what, smallest first.
    pub bodies: Vec<(usize, String)>,
    /// What the heads of these responses took together.
    pub heads: usize,
}

impl FirstVisit {
    /// Visits a relay at `host:port` with an empty cache.
    pub async fn watch(kind: Kind, address: std::net::SocketAddr) -> Result<Self> {
        let tap = Tap::start(address).await?;
        let ana = Person::arrive(kind, &format!("{}/", tap.origin())).await?;
        ana.browser.wait_for("textbox", "Phrase").await?;
        Self::of(&loaded(&tap).await?)
    }

    /// All bodies together.
    pub fn bytes(&self) -> usize {
        self.bodies.iter().map(|(size, _)| size).sum()
    }

    fn of(traffic: &Traffic) -> Result<Self> {
        let responses: Vec<_> = traffic
            .exchanges
            .iter()
            .filter_map(|exchange| Some((exchange.request.target(), exchange.response.as_ref()?)))
            .collect();
        let pinned = responses
            .iter()
            .find(|(target, _)| target.ends_with("/integrity.js"));
        let (_, pinned) = pinned.context("no integrity.js was loaded")?;
        let pinned = String::from_utf8_lossy(&pinned.body);
        for path in ["/a/tree/views/room.js", "/a/tree/words.js", "/a/tree/views.css"] {
            ensure!(
                is_for_later(path, &pinned),
                "control: {path} comes later: {pinned}"
            );
        }
        let (mut bodies, mut heads) = (Vec::new(), 0);
        for (target, response) in responses {
            if !is_for_later(target, &pinned) {
                bodies.push((response.wire_length - response.head_length, target.to_owned()));
                heads += response.head_length;
            }
        }
        bodies.sort_unstable();
        for part in [
            "/",
            "/app.js",
            "/style.css",
            "/worker/session.js",
            "/pkg/client_bg.wasm",
        ] {
            ensure!(
                bodies.iter().any(|(_, target)| target.ends_with(part)),
                "control: {part} was not loaded"
            );
        }
        Ok(Self { bodies, heads })
    }
}

fn is_for_later(target: &str, pinned: &str) -> bool {
    let path = target.splitn(4, '/').nth(3).unwrap_or_default();
    let is_pinned = Path::new(path)
        .extension()
        .is_some_and(|is| is == "js" || is == "css");
    let is_catalogue = path.starts_with("i18n/") && !path.ends_with(".entry.json");
    (is_pinned || is_catalogue) && pinned.contains(&format!("\"{path}\""))
}

/// Waits until the worker's wasm has come whole, and gives all that was loaded.
async fn loaded(tap: &Tap) -> Result<Traffic> {
    wait::until("the wasm", async || {
        let traffic = Traffic::read(&tap.recording())?;
        let has_wasm = traffic
            .exchanges
            .iter()
            .any(|exchange| exchange.request.target().ends_with("_bg.wasm") && exchange.response.is_some());
        Ok(has_wasm.then_some(traffic))
    })
    .await
}
