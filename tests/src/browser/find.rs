//! Finding things by computed role and accessible name, as a screen reader does.

use anyhow::{Context, Result, bail};
use fantoccini::error::{CmdError, ErrorStatus};
use serde_json::{Value, json};

use super::{Browser, Element, command, language};
use crate::wait;

/// What may have a role; the browser then says what it has.
fn candidates(role: &str) -> String {
    let native = match role {
        "textbox" => "input, textarea, ",
        "button" => "button, summary, ",
        "checkbox" | "radio" | "switch" => "input, ",
        "combobox" | "listbox" => "select, input, ",
        "option" => "option, ",
        "link" => "a[href], ",
        "heading" => "h1, h2, h3, h4, h5, h6, ",
        "dialog" => "dialog, ",
        "status" => "output, ",
        "group" | "radiogroup" => "fieldset, details, ",
        "log" | "alert" => "",
        _ => return "body *".to_owned(),
    };
    format!("{native}[role~=\"{role}\"]")
}

const VISIBLE: &str = "return [...document.querySelectorAll(arguments[0])]\
    .filter((element) => element.checkVisibility({ visibilityProperty: true }));";

impl Browser {
    /// All visible elements of a role whose accessible name is `name` (any, if it is empty), in the page's order.
    pub async fn find_all(&self, role: &str, name: &str) -> Result<Vec<Element>> {
        self.find_some(role, name, usize::MAX).await
    }

    /// The first of them, at most so many.
    async fn find_some(&self, role: &str, name: &str, most: usize) -> Result<Vec<Element>> {
        let visible = loop {
            match self.run(VISIBLE, vec![json!(candidates(role))]).await {
                Ok(Value::Array(visible)) => break visible,
                // The page is being replaced by the next one.
                Ok(Value::Null) => break Vec::new(),
                Ok(other) => bail!("the page gave no list of elements: {other}"),
                // One went before the browser had named it.
                Err(error) if is_stale(&error) => {}
                Err(error) if is_page_gone(&error) => break Vec::new(),
                Err(error) => return Err(error),
            }
        };
        let mut found = Vec::new();
        for value in visible {
            let element = self.element(&value)?;
            // An element may go while it is looked at; then it is not there.
            match self.is(&element, role, name).await {
                Ok(true) => found.push(element),
                Ok(false) => {}
                Err(error) if is_stale(&error) || is_page_gone(&error) => {}
                Err(error) => return Err(error),
            }
            if found.len() >= most {
                break;
            }
        }
        Ok(found)
    }

    /// Whether an element has a role and a name. Each is a question to the browser: most are told apart by their name.
    async fn is(&self, element: &Element, role: &str, name: &str) -> Result<bool> {
        Ok(
            (name.is_empty() || self.computed(element, "label").await? == name)
                && self.computed(element, "role").await? == role,
        )
    }

    /// The first visible element of a role and name, if there is one now.
    pub async fn find(&self, role: &str, name: &str) -> Result<Option<Element>> {
        Ok(self.find_some(role, name, 1).await?.pop())
    }

    /// Waits for an element of a role and name.
    pub async fn wait_for(&self, role: &str, name: &str) -> Result<Element> {
        wait::until(&format!("{role} {name:?} in {:?}", self.kind), async || {
            self.find(role, name).await
        })
        .await
    }

    /// Waits until there is no element of a role and name.
    pub async fn wait_gone(&self, role: &str, name: &str) -> Result<()> {
        let what = format!("{role} {name:?} to go in {:?}", self.kind);
        wait::until(&what, async || {
            Ok(self.find(role, name).await?.is_none().then_some(()))
        })
        .await
    }

    /// Waits until an element of a role (and any name) shows a text, and gives all that it shows.
    pub async fn wait_text(&self, role: &str, text: &str) -> Result<String> {
        let what = format!("{text:?} in {role} in {:?}", self.kind);
        wait::until(&what, async || {
            Ok(self
                .texts(role)
                .await?
                .into_iter()
                .find(|shown| shown.contains(text)))
        })
        .await
    }

    /// What the elements of a role show now.
    pub async fn texts(&self, role: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.find_all(role, "").await? {
            match element.text().await {
                Ok(text) => texts.push(language::plain(&text)),
                Err(error) if error.is_stale_element_reference() || is_detached(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(texts)
    }

    /// Clicks the button of a name, once it is there and enabled.
    pub async fn click(&self, name: &str) -> Result<()> {
        self.click_on("button", name).await
    }

    /// Clicks what has a role and a name, once it is there and enabled.
    pub async fn click_on(&self, role: &str, name: &str) -> Result<()> {
        let what = format!("a {role} {name:?} that can be clicked in {:?}", self.kind);
        wait::until(&what, async || {
            let Some(button) = self.find(role, name).await? else {
                return Ok(None);
            };
            match async {
                if button.is_enabled().await? {
                    button.click().await.map(Some)
                } else {
                    Ok(None)
                }
            }
            .await
            {
                Ok(clicked) => Ok(clicked),
                Err(error) if is_passing(&error) => {
                    // What sticks to an edge may lie over it: a person scrolls then.
                    let scroll = "arguments[0].scrollIntoView({ block: 'center' });";
                    // It may have gone in the meantime; the next look tells.
                    let _ = self.run(scroll, vec![serde_json::to_value(&button)?]).await;
                    Ok(None)
                }
                Err(error) => Err(error).with_context(|| format!("clicking {name:?}")),
            }
        })
        .await
    }

    /// Types into the text box of a name, after what it holds.
    pub async fn type_into(&self, name: &str, text: &str) -> Result<()> {
        let field = self.wait_for("textbox", name).await?;
        field
            .send_keys(text)
            .await
            .with_context(|| format!("typing into {name:?}"))
    }

    /// Replaces what the text box of a name holds.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        self.wait_for("textbox", name)
            .await?
            .clear()
            .await
            .with_context(|| format!("clearing {name:?}"))?;
        self.type_into(name, text).await
    }

    /// The computed role and accessible name of an element.
    pub async fn role_and_name(&self, element: &Element) -> Result<(String, String)> {
        let role = self.computed(element, "role").await?;
        Ok((role, self.computed(element, "label").await?))
    }

    async fn computed(&self, element: &Element, what: &str) -> Result<String> {
        let id = element.element_id();
        let command = command::get(format!("element/{id}/computed{what}"));
        let value = self.client.issue_cmd(command).await?;
        Ok(language::plain(value.as_str().unwrap_or_default()))
    }

    fn element(&self, value: &Value) -> Result<Element> {
        let id = value
            .as_object()
            .and_then(|object| object.values().next())
            .and_then(Value::as_str);
        let id = id.with_context(|| format!("not an element: {value}"))?;
        Ok(Element::from_element_id(
            self.client.clone(),
            id.to_owned().into(),
        ))
    }
}

/// Whether an element went while it was looked at.
fn is_stale(error: &anyhow::Error) -> bool {
    error
        .downcast_ref()
        .is_some_and(CmdError::is_stale_element_reference)
}

/// Whether the page went while it was looked at, and the next one is coming.
pub fn is_page_gone(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(is_detached)
}

/// What Chromium's driver says then, of the page or of an element; it has no code of its own.
fn is_detached(error: &CmdError) -> bool {
    let said = error.to_string();
    ["Frame is detached", "does not belong to the document"]
        .iter()
        .any(|words| said.contains(words))
}

/// Whether a click failed for a reason that passes: the element went, or something lay over it.
fn is_passing(error: &CmdError) -> bool {
    let intercepted =
        matches!(error, CmdError::Standard(cause) if cause.error == ErrorStatus::ElementClickIntercepted);
    intercepted
        || error.is_stale_element_reference()
        || error.is_element_not_interactable()
        || is_detached(error)
}
