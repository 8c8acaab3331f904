//! A person at the page: what they press and read, by the names that the page promises.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::browser::{Browser, Element, Kind, Lent, Options, language};
use crate::wait;

/// What everyone has to have who joins a room.
#[derive(Clone, Debug)]
pub struct HandedOver {
    /// The shared phrase.
    pub phrase: String,
    /// A one-time code.
    pub code: String,
}

/// Someone with a browser.
#[derive(Debug)]
pub struct Person {
    /// Their browser.
    pub browser: Lent,
    url: String,
}

impl Person {
    /// Starts a browser of their own on the entry form.
    pub async fn arrive(kind: Kind, url: &str) -> Result<Self> {
        Self::arrive_with(kind, url, Options::default()).await
    }

    /// Starts a browser of their own in a given way and opens the page.
    pub async fn arrive_with(kind: Kind, url: &str, options: Options) -> Result<Self> {
        Self::arrive_in(Browser::start_with(kind, options).await?, url).await
    }

    /// Opens the page in a browser that runs already.
    pub async fn arrive_in(browser: Browser, url: &str) -> Result<Self> {
        Self::open_page(Lent::never(browser), url).await
    }

    /// Opens the page in a browser that others had before, cleared.
    pub async fn visit(kind: Kind, url: &str) -> Result<Self> {
        Self::visit_with(kind, url, Options::default()).await
    }

    /// The same in one that was started in a given way.
    pub async fn visit_with(kind: Kind, url: &str, options: Options) -> Result<Self> {
        Self::open_page(Lent::with(kind, options).await?, url).await
    }

    async fn open_page(browser: Lent, url: &str) -> Result<Self> {
        browser.open(url).await?;
        Ok(Self {
            browser,
            url: url.to_owned(),
        })
    }

    /// Waits, at the entry form, until the views behind it have come: they have once one of them is seen. Of a module that is
    /// on its way as a page is left, Firefox reports that it is not what it was pinned to.
    pub async fn come_whole(&self) -> Result<()> {
        self.browser.click("Join with a code").await?;
        self.browser.click("Back").await
    }

    /// Loads the page anew: everything is forgotten.
    pub async fn reload(&self) -> Result<()> {
        self.browser.open(&self.url).await
    }

    /// Starts a room of six generated words for `size` people, and stays at the hand-over.
    pub async fn start(&self, passcode: &str, nickname: &str, size: u8) -> Result<HandedOver> {
        let browser = &self.browser;
        browser.click("Start a room").await?;
        let phrase = self.readable("Your phrase").await?;
        browser.click("Next").await?;
        browser.type_into("Passcode", passcode).await?;
        browser.click("Next").await?;
        self.create(nickname, size).await?;
        ensure!(
            self.readable("Your phrase").await? == phrase,
            "the phrase handed over is the one drawn"
        );
        let code = self.readable("One-time code").await?;
        Ok(HandedOver { phrase, code })
    }

    /// Fills in the last of the three screens and makes the room.
    pub async fn create(&self, nickname: &str, size: u8) -> Result<()> {
        let browser = &self.browser;
        if size > 2 {
            let sizes = browser.wait_for("combobox", "People, you included").await?;
            sizes.select_by_value(&size.to_string()).await?;
            browser.type_into("Name for the others", nickname).await?;
        }
        browser.click("Create room").await
    }

    /// Starts a room and goes into it.
    pub async fn start_and_enter(&self, passcode: &str, nickname: &str, size: u8) -> Result<HandedOver> {
        let handed = self.start(passcode, nickname, size).await?;
        self.browser.click("Go to the room").await?;
        self.in_room().await?;
        Ok(handed)
    }

    /// Joins with what was handed over, without waiting for the room.
    pub async fn try_join(&self, handed: &HandedOver, passcode: &str, nickname: &str) -> Result<()> {
        let browser = &self.browser;
        if browser.find("textbox", "Code").await?.is_none() {
            browser.click("Join with a code").await?;
        }
        browser.fill("Phrase", &handed.phrase).await?;
        browser.fill("Code", &handed.code).await?;
        browser.fill("Passcode", passcode).await?;
        browser.fill("Name for the others", nickname).await?;
        browser.click("Join").await
    }

    /// Joins with what was handed over.
    pub async fn join(&self, handed: &HandedOver, passcode: &str, nickname: &str) -> Result<()> {
        self.try_join(handed, passcode, nickname).await?;
        self.in_room().await
    }

    /// Has a link made for the code that is shown, at the hand-over or in the menu.
    pub async fn make_link(&self) -> Result<String> {
        self.browser.click("Make a link and QR code").await?;
        self.readable("Invitation link").await
    }

    /// Follows a link and opens its invitation, without joining.
    pub async fn open_invitation(&self, link: &str) -> Result<()> {
        self.browser.open(link).await?;
        self.browser.click("Open the invitation").await
    }

    /// Joins by a link.
    pub async fn join_by_link(&self, link: &str, passcode: &str, nickname: &str) -> Result<()> {
        self.open_invitation(link).await?;
        self.browser.type_into("Passcode", passcode).await?;
        if !nickname.is_empty() {
            self.browser.click("Give a name").await?;
            self.browser.type_into("Name for the others", nickname).await?;
        }
        self.browser.click("Join").await?;
        self.in_room().await
    }

    /// Fills in the entry form, without waiting for the room.
    pub async fn try_open(&self, phrase: &str, passcode: &str) -> Result<()> {
        self.browser.fill("Phrase", phrase).await?;
        self.browser.fill("Passcode", passcode).await?;
        self.browser.click("Open").await
    }

    /// Opens a room from the entry form.
    pub async fn open(&self, phrase: &str, passcode: &str) -> Result<()> {
        self.try_open(phrase, passcode).await?;
        self.in_room().await
    }

    /// Waits until the room is shown.
    pub async fn in_room(&self) -> Result<()> {
        self.browser.wait_for("button", "Lock").await.map(drop)
    }

    /// Writes a message and sends it.
    pub async fn send(&self, text: &str) -> Result<()> {
        self.browser.fill("Message", text).await?;
        self.browser.click("Send").await?;
        self.browser.wait_text("log", text).await.map(drop)
    }

    /// Waits until the room's message is this one.
    pub async fn reads(&self, text: &str) -> Result<()> {
        self.browser.wait_text("log", text).await.map(drop)
    }

    /// Waits until the page has said something to those who do not see it.
    pub async fn hears(&self, text: &str) -> Result<()> {
        self.browser.wait_text("status", text).await.map(drop)
    }

    /// Waits until a sentence stands on the page.
    pub async fn sees(&self, text: &str) -> Result<()> {
        let what = format!("{text:?} in {:?}", self.browser.kind());
        let seen = wait::until(&what, async || Ok(self.shows(text).await?.then_some(()))).await;
        match seen {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(format!("the page shows: {:?}", self.text().await?))),
        }
    }

    /// All that stands on the page now, in one line.
    async fn text(&self) -> Result<String> {
        let shown = self
            .browser
            .run("return document.getElementById('page').innerText;", vec![])
            .await?;
        let shown = language::plain(shown.as_str().context("the page shows no text")?);
        Ok(shown.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Whether a sentence stands on the page now.
    pub async fn shows(&self, text: &str) -> Result<bool> {
        Ok(self.text().await?.contains(text))
    }

    /// What an element labelled so shows, once it shows something.
    pub async fn readable(&self, label: &str) -> Result<String> {
        wait::until(&format!("something labelled {label:?}"), async || {
            let Some(element) = self.browser.find("group", label).await? else {
                return Ok(None);
            };
            let text = element.prop("textContent").await?.unwrap_or_default();
            Ok((!text.is_empty()).then_some(text))
        })
        .await
    }

    /// What the text box of a name holds.
    pub async fn holds(&self, name: &str) -> Result<String> {
        let field: Element = self.browser.wait_for("textbox", name).await?;
        Ok(field.prop("value").await?.unwrap_or_default())
    }

    /// Opens the room's menu, presses a button in it, and says yes.
    pub async fn confirm(&self, button: &str) -> Result<()> {
        self.browser.click("Menu").await?;
        self.browser.click(button).await?;
        self.browser.click("Confirm").await
    }

    /// Turns a switch in the room's menu.
    pub async fn turn(&self, switch: &str) -> Result<()> {
        self.browser.click("Menu").await?;
        self.browser.wait_for("switch", switch).await?.click().await?;
        self.browser.click("Close").await
    }

    /// Has the page's next call to its worker followed by one that no worker can survive.
    pub async fn break_worker(&self) -> Result<()> {
        let script = "const post = Worker.prototype.postMessage;
            Worker.prototype.postMessage = function (...given) {
              Worker.prototype.postMessage = post;
              post.apply(this, given);
              post.call(this, { call: 'open', args: null });
            };";
        self.browser.run(script, vec![json!(null)]).await.map(drop)
    }

    /// Keeps, from the page's next call to its worker on, what the worker gives it to draw.
    pub async fn overhear(&self) -> Result<()> {
        let script = "const post = Worker.prototype.postMessage;
            Worker.prototype.postMessage = function (...given) {
              Worker.prototype.postMessage = post;
              window.overheard = { worker: this, view: null };
              this.addEventListener('message', ({ data }) => {
                if (data.is === 'view') window.overheard.view = data.view;
              });
              post.apply(this, given);
              post.call(this, { call: 'wake', args: [] });
            };";
        self.browser.run(script, vec![]).await.map(drop)
    }

    /// Hands the page what it was last given to draw, with parts of the room changed.
    pub async fn pretend(&self, changes: serde_json::Value) -> Result<()> {
        let script = "const { worker, view } = window.overheard ?? {};
            if (!view) return false;
            const changed = { ...view, room: { ...view.room, ...arguments[0] } };
            worker.dispatchEvent(new MessageEvent('message', { data: { is: 'view', view: changed } }));
            return true;";
        wait::until("a view to change", async || {
            let done = self.browser.run(script, vec![changes.clone()]).await?;
            Ok((done == json!(true)).then_some(()))
        })
        .await
    }
}
