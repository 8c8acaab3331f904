//! Splits our own HTML into tags and what stands between them. Attributes are quoted with `"`; anything else is
//! refused rather than guessed at.

use std::fmt;

use anyhow::{Context, Result, bail};

/// A part of a page.
pub(super) enum Piece<'a> {
    /// Text, comments and the doctype, as they are.
    Text(&'a str),
    /// A start or end tag.
    Tag(Tag<'a>),
}

/// A tag; the name of an end tag begins with `/`.
pub(super) struct Tag<'a> {
    pub(super) source: &'a str,
    pub(super) name: String,
    pub(super) attributes: Vec<(String, Option<String>)>,
}

impl Tag<'_> {
    /// The value of an attribute.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(other, _)| other == name)
            .and_then(|(_, value)| value.as_deref())
    }

    /// Sets an attribute, in its place if it was there.
    pub(super) fn set(&mut self, name: &str, value: String) {
        match self.attributes.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = Some(value),
            None => self.attributes.push((name.to_owned(), Some(value))),
        }
    }
}

impl fmt::Display for Tag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.name)?;
        for (name, value) in &self.attributes {
            match value {
                Some(value) => write!(f, " {name}=\"{value}\"")?,
                None => write!(f, " {name}")?,
            }
        }
        f.write_str(">")
    }
}

/// Splits a page.
pub(super) fn split(mut rest: &str) -> Result<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    while let Some(start) = rest.find('<') {
        let (text, from) = rest.split_at(start);
        pieces.push(Piece::Text(text));
        let comment = from.starts_with("<!--");
        let end = if comment {
            from.find("-->").map(|at| at + 3)
        } else {
            from.find('>').map(|at| at + 1)
        };
        let (source, after) = from.split_at(end.context("a tag does not end")?);
        let is_tag = !source.starts_with("<!");
        pieces.push(if is_tag {
            Piece::Tag(parse(source)?)
        } else {
            Piece::Text(source)
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn parse(source: &str) -> Result<Tag<'_>> {
    let inner = source
        .trim_start_matches('<')
        .trim_end_matches('>')
        .trim_end()
        .trim_end_matches('/');
    let (name, mut rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let end = rest
            .find(|c: char| c == '=' || c.is_whitespace())
            .unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        if let Some(quoted) = after.strip_prefix("=\"") {
            let (value, after) = quoted
                .split_once('"')
                .with_context(|| format!("a quote is open in {source}"))?;
            attributes.push((attribute.to_ascii_lowercase(), Some(value.to_owned())));
            rest = after;
        } else if after.starts_with('=') {
            bail!("{attribute} is not quoted with \" in {source}");
        } else {
            attributes.push((attribute.to_ascii_lowercase(), None));
            rest = after;
        }
    }
    Ok(Tag {
        source,
        name: name.to_ascii_lowercase(),
        attributes,
    })
}
