//! Real browsers by `WebDriver`, driven as a person does: by what things are called on the page.

mod clear;
mod command;
mod driver;
mod find;
mod history;
mod keys;
pub mod language;
mod lent;
mod problems;
mod view;
mod warm;

use std::net::SocketAddr;

use anyhow::{Context, Result};
use fantoccini::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

pub use fantoccini::elements::Element;
pub use find::is_page_gone;
pub use lent::Lent;
pub use view::{DESKTOP, PHONE, Scheme, Size};

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Debian's Chromium.
    Chromium,
    /// Debian's Firefox ESR.
    Firefox,
}

/// How a browser starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Firefox's preferences, above its defaults for tests.
    pub firefox_preferences: Vec<(String, Value)>,
    /// Chromium's flags, added to ours.
    pub chromium_flags: Vec<String>,
    /// A proxy.
    pub proxy: Option<Proxy>,
    /// The language that the person asks for; without it the one that the whole run is in.
    pub language: Option<&'static str>,
}

/// A proxy for every connection but those to one address; those to other ports of this machine go through it, too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    /// What is reached without it.
    pub except: SocketAddr,
}

/// A running browser with a fresh profile. It ends with the value.
#[derive(Debug)]
pub struct Browser {
    kind: Kind,
    client: Client,
    options: Options,
    // The order matters: the driver and all its children end before their folder goes.
    driver: driver::Driver,
    profile: TempDir,
}

impl Browser {
    /// Starts a browser.
    pub async fn start(kind: Kind) -> Result<Self> {
        Self::start_with(kind, Options::default()).await
    }

    /// Starts a browser in a given way.
    pub async fn start_with(kind: Kind, options: Options) -> Result<Self> {
        let browser = Self::launch_anew(kind, options).await?;
        browser.set_size(view::size_of_the_run()).await?;
        Ok(browser)
    }

    async fn launch_anew(kind: Kind, options: Options) -> Result<Self> {
        let profile = tempfile::tempdir().context("making a profile folder")?;
        if kind == Kind::Firefox {
            warm::lend(profile.path()).await?;
        }
        Self::launch(kind, options, profile).await
    }

    async fn launch(kind: Kind, options: Options, profile: TempDir) -> Result<Self> {
        let driver = driver::Driver::start(kind, profile.path()).await?;
        let client = driver.connect(&options, profile.path()).await?;
        Ok(Self {
            kind,
            client,
            options,
            driver,
            profile,
        })
    }

    /// Ends the browser and starts it again with the same profile.
    pub async fn restart(self) -> Result<Self> {
        let Self {
            kind,
            client,
            options,
            driver,
            profile,
        } = self;
        client.close().await?;
        drop(driver);
        Self::launch(kind, options, profile).await
    }

    /// Ends the browser in good order. Dropping it ends it too.
    pub async fn quit(&self) -> Result<()> {
        self.client.clone().close().await?;
        Ok(())
    }

    /// Which browser this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The profile's folder.
    pub fn profile(&self) -> &std::path::Path {
        self.profile.path()
    }

    /// The driver's process, with the browser below it.
    pub fn process_id(&self) -> u32 {
        self.driver.process_id()
    }

    /// The `WebDriver` client, for what has no name here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens an address in the present tab.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.client
            .goto(url)
            .await
            .with_context(|| format!("opening {url}"))
    }

    /// Opens a new tab and goes to it; gives what `switch_to` takes to come back.
    pub async fn new_tab(&self) -> Result<String> {
        let before = self.client.window().await?;
        let tab = self.client.new_window(true).await?;
        self.client.switch_to_window(tab.handle).await?;
        Ok(before.into())
    }

    /// Goes to a tab.
    pub async fn switch_to(&self, tab: &str) -> Result<()> {
        Ok(self.client.switch_to_window(tab.to_owned().try_into()?).await?)
    }

    /// Runs JavaScript in the page (the body of a function) and gives what it returns.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Runs JavaScript with the rights of Firefox itself.
    async fn run_privileged(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        self.enter("chrome").await?;
        let result = self.client.execute(script, arguments).await;
        self.enter("content").await?;
        Ok(result?)
    }

    /// The same for a script that calls its last argument with what it comes to.
    async fn run_privileged_async(&self, script: &str) -> Result<Value> {
        self.enter("chrome").await?;
        let result = self.client.execute_async(script, vec![]).await;
        self.enter("content").await?;
        Ok(result?)
    }

    /// Has Firefox run what follows with its own rights, or with the page's.
    async fn enter(&self, context: &str) -> Result<()> {
        let context = json!({ "context": context });
        self.issue(command::post("moz/context", context)).await.map(drop)
    }

    /// Sends a command of Chromium's `DevTools`.
    async fn devtools(&self, name: &str, parameters: Value) -> Result<Value> {
        self.issue(command::post(
            "goog/cdp/execute",
            json!({ "cmd": name, "params": parameters }),
        ))
        .await
    }

    async fn issue(&self, command: command::Command) -> Result<Value> {
        let path = command.path().to_owned();
        self.client
            .issue_cmd(command)
            .await
            .with_context(|| format!("WebDriver command {path}"))
    }
}

/// Writes each test once and runs it in both browsers: `name::chromium` and `name::firefox`.
#[macro_export]
macro_rules! both_browsers {
    ($($(#[$attribute:meta])* async fn $name:ident($kind:ident: Kind) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn story($kind: $crate::browser::Kind) -> anyhow::Result<()> $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
            async fn chromium() -> anyhow::Result<()> {
                story($crate::browser::Kind::Chromium).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
            async fn firefox() -> anyhow::Result<()> {
                story($crate::browser::Kind::Firefox).await
            }
        }
    )+};
}
