//! How the page is looked at: size, colour scheme, pictures.

use anyhow::{Context, Result};
use serde_json::json;

use super::{Browser, Kind};
use crate::wait;

/// The page's size in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Across.
    pub width: u32,
    /// Down.
    pub height: u32,
}

/// A phone, held upright.
pub const PHONE: Size = Size {
    width: 375,
    height: 812,
};
/// A laptop.
pub const DESKTOP: Size = Size {
    width: 1280,
    height: 800,
};

/// The size of every page of this run: a laptop's, or a phone's where `SOTTO_TEST_SIZE` says so.
pub(super) fn size_of_the_run() -> Size {
    match std::env::var("SOTTO_TEST_SIZE").as_deref() {
        Ok("phone") => PHONE,
        _ => DESKTOP,
    }
}

/// What the person prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Dark text on light.
    Light,
    /// Light text on dark.
    Dark,
}

/// A headless Firefox has windows no narrower than its own tool bar; the page within can be.
const FIREFOX_SIZE: &str = "
    const browser = Services.wm.getMostRecentWindow('navigator:browser').gBrowser.selectedBrowser;
    for (const [side, length] of Object.entries({ width: arguments[0], height: arguments[1] })) {
      browser.style.setProperty(`min-${side}`, `${length}px`);
      browser.style.setProperty(`max-${side}`, `${length}px`);
    }";

impl Browser {
    /// Gives the page a size.
    pub async fn set_size(&self, size: Size) -> Result<()> {
        let Size { width, height } = size;
        match self.kind {
            Kind::Chromium => {
                let metrics =
                    json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                self.devtools("Emulation.setDeviceMetricsOverride", metrics)
                    .await?;
            }
            Kind::Firefox => {
                self.client
                    .set_window_size(width.max(500) + 100, height + 300)
                    .await?;
                self.run_privileged(FIREFOX_SIZE, vec![json!(width), json!(height)])
                    .await?;
            }
        }
        wait::until(&format!("a page of {width} x {height}"), async || {
            let now = self.run("return [innerWidth, innerHeight];", vec![]).await?;
            Ok((now == json!([width, height])).then_some(()))
        })
        .await
    }

    /// Sets the colour scheme that the person prefers.
    pub async fn set_scheme(&self, scheme: Scheme) -> Result<()> {
        let dark = scheme == Scheme::Dark;
        match self.kind {
            Kind::Chromium => {
                let value = if dark { "dark" } else { "light" };
                let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
                self.devtools("Emulation.setEmulatedMedia", features).await?;
            }
            Kind::Firefox => {
                let script = "Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', arguments[0]);";
                self.run_privileged(script, vec![json!(i32::from(!dark))]).await?;
            }
        }
        wait::until(&format!("{scheme:?}"), async || {
            let now = self
                .run(
                    "return matchMedia('(prefers-color-scheme: dark)').matches;",
                    vec![],
                )
                .await?;
            Ok((now == json!(dark)).then_some(()))
        })
        .await
    }

    /// A picture of the visible page, as PNG.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        self.client.screenshot().await.context("taking a picture")
    }
}
