//! `WebDriver` commands that the client library has no function for.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use url::{ParseError, Url};

/// A command below `/session/<id>/`.
#[derive(Debug)]
pub(super) struct Command {
    method: Method,
    path: String,
    body: Option<Value>,
}

/// A question.
pub(super) fn get(path: impl Into<String>) -> Command {
    Command {
        method: Method::GET,
        path: path.into(),
        body: None,
    }
}

/// An order.
pub(super) fn post(path: impl Into<String>, body: Value) -> Command {
    Command {
        method: Method::POST,
        path: path.into(),
        body: Some(body),
    }
}

impl Command {
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(ToString::to_string))
    }
}
