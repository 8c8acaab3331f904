//! The entry pages: references are rewritten into the tree, and each script and style is pinned by its hash. They are relative,
//! so that the page works below any path.

mod tag;

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};

use crate::tree::Files;
use crate::{hash, imports};
use tag::{Piece, Tag};

/// Everything that is served.
pub(crate) struct Page {
    /// The name of the tree: its hash.
    pub(crate) hash: String,
    /// The asset tree, by paths below `/a/<hash>/`.
    pub(crate) assets: Files,
    /// What stands at the root: the entry pages and the icon.
    pub(crate) entries: Files,
}

/// Joins sources and bound wasm, names the tree, rewrites the entry pages.
pub(crate) fn assemble(mut sources: Files, bound: Files) -> Result<Page> {
    let mut entries = Files::new();
    let mut assets = bound;
    while let Some((path, bytes)) = sources.pop_first() {
        let at_root = !path.contains('/') && (is_page(&path) || path == "favicon.ico");
        let part = if at_root { &mut entries } else { &mut assets };
        if part.insert(path.clone(), bytes).is_some() {
            bail!("www/{path} has the name of a generated file");
        }
    }
    if assets.contains_key("integrity.js") {
        bail!("www/integrity.js has the name of a generated file");
    }
    let (mut scripts, mut styles) = (BTreeSet::new(), BTreeSet::new());
    for (path, bytes) in &entries {
        if is_page(path) {
            let source = std::str::from_utf8(bytes).with_context(|| format!("www/{path} is not UTF-8"))?;
            let pieces = tag::split(source)?;
            scripts.extend(entry_scripts(&pieces).map(ToOwned::to_owned));
            styles.extend(entry_styles(&pieces).map(ToOwned::to_owned));
        }
    }
    // Imports of it are followed before it is written.
    assets.insert("integrity.js".to_owned(), Vec::new());
    let later = imports::later(&assets, &scripts)?;
    let module = integrity_module(&assets, &later, &styles)?;
    assets.insert("integrity.js".to_owned(), module.into_bytes());
    let hash = hash::tree(&assets);
    for (path, bytes) in &mut entries {
        if is_page(path) {
            let source = std::str::from_utf8(bytes).with_context(|| format!("www/{path} is not UTF-8"))?;
            *bytes = rewrite(source, &assets, &hash)
                .with_context(|| format!("in www/{path}"))?
                .into_bytes();
        }
    }
    Ok(Page {
        hash,
        assets,
        entries,
    })
}

/// A module with the hash of every file that code fetches by itself, for `fetch(.., { integrity })`, and of the modules
/// and stylesheets that come later.
fn integrity_module(assets: &Files, later: &BTreeSet<String>, styles: &BTreeSet<String>) -> Result<String> {
    let comes_later = |path: &String| match extension(path) {
        Some("js") => later.contains(path),
        Some("css") => !styles.contains(path),
        _ => true,
    };
    let fetched: serde_json::Map<_, _> = assets
        .iter()
        .filter(|(path, _)| comes_later(path))
        .map(|(path, bytes)| (path.clone(), hash::integrity(bytes).into()))
        .collect();
    let table = serde_json::to_string_pretty(&fetched)?;
    Ok(format!(
        "// Written by tools/page.\nexport const integrity = Object.freeze({table});\n"
    ))
}

fn extension(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(_, extension)| extension)
}

fn is_page(path: &str) -> bool {
    extension(path) == Some("html")
}

fn rewrite(source: &str, assets: &Files, hash: &str) -> Result<String> {
    let pieces = tag::split(source)?;
    let mut preloads = preloads(&pieces, assets, hash)?;
    let mut page = String::with_capacity(source.len() + preloads.len() + 256);
    let mut in_script = false;
    for piece in pieces {
        match piece {
            Piece::Text(text) if in_script && !text.trim().is_empty() => bail!("an inline script"),
            Piece::Text(text) => page.push_str(text),
            Piece::Tag(tag) => {
                in_script = tag.name == "script";
                if in_script {
                    page.push_str(&std::mem::take(&mut preloads));
                }
                page.push_str(&rewrite_tag(tag, assets, hash)?);
            }
        }
    }
    Ok(page)
}

fn rewrite_tag(mut tag: Tag<'_>, assets: &Files, hash: &str) -> Result<String> {
    if tag.name == "style" || tag.name == "base" || tag.attributes.iter().any(|(name, _)| is_inline(name)) {
        bail!("<{}> with inline code or style: {}", tag.name, tag.source);
    }
    let reference = if tag.name == "link" { "href" } else { "src" };
    if !matches!(tag.name.as_str(), "link" | "script" | "img" | "source") {
        return Ok(tag.source.to_owned());
    }
    let Some(target) = tag.value(reference).map(ToOwned::to_owned) else {
        bail!("<{}> without {reference}: {}", tag.name, tag.source);
    };
    if target == "favicon.ico" || tag.value("rel") == Some("alternate") {
        return Ok(tag.source.to_owned());
    }
    let bytes = assets
        .get(&target)
        .with_context(|| format!("{target:?} is not in the tree"))?;
    tag.set(reference, format!("a/{hash}/{target}"));
    if tag.name == "script" || tag.value("rel") == Some("stylesheet") {
        tag.set("integrity", hash::integrity(bytes));
        tag.set("crossorigin", "anonymous".to_owned());
    }
    Ok(tag.to_string())
}

fn is_inline(attribute: &str) -> bool {
    attribute == "style" || attribute.starts_with("on")
}

/// What the page's script elements name.
fn entry_scripts<'a>(pieces: &'a [Piece<'a>]) -> impl Iterator<Item = &'a str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Tag(tag) if tag.name == "script" => tag.value("src"),
        _ => None,
    })
}

/// What the page's links to stylesheets name.
fn entry_styles<'a>(pieces: &'a [Piece<'a>]) -> impl Iterator<Item = &'a str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Tag(tag) if tag.value("rel") == Some("stylesheet") => tag.value("href"),
        _ => None,
    })
}

/// A pinned preload for each module that the page's scripts import: an import statement has no room for a hash, but
/// takes the module that a preload brought in and checked.
fn preloads(pieces: &[Piece<'_>], assets: &Files, hash: &str) -> Result<String> {
    let mut modules = BTreeSet::new();
    for entry in entry_scripts(pieces) {
        modules.append(&mut imports::transitive(assets, entry)?);
    }
    let link = |path: &String| {
        let bytes = assets
            .get(path)
            .with_context(|| format!("{path} is not in the tree"))?;
        let integrity = hash::integrity(bytes);
        let href = format!("a/{hash}/{path}");
        Ok(format!(
            "<link rel=\"modulepreload\" href=\"{href}\" integrity=\"{integrity}\" crossorigin=\"anonymous\">\n"
        ))
    };
    modules.iter().map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Result<Page> {
        let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
        let sources = Files::from([
            file("index.html", html),
            file("app.js", "import \"./b.js\";\n"),
            file("b.js", ""),
            file("style.css", "p{}"),
            file("views.css", "b{}"),
            file("favicon.ico", "icon"),
            file("words.txt", "abacus"),
        ]);
        assemble(sources, Files::from([file("pkg/sotto_bg.wasm", "wasm")]))
    }

    #[test]
    fn references_point_into_the_tree_and_are_pinned() {
        let html = "<!doctype html>\n<!-- <script>no</script> -->\n<link rel=\"stylesheet\" href=\"style.css\">\n\
                    <script type=\"module\" src=\"app.js\"></script>\n<p>a &lt; b</p>\n";
        let page = page(html).unwrap();
        let hash = &page.hash;
        let out = String::from_utf8(page.entries.get("index.html").unwrap().clone()).unwrap();
        let style = hash::integrity(b"p{}");
        let empty = hash::integrity(b"");
        let preload = format!("<link rel=\"modulepreload\" href=\"a/{hash}/b.js\" integrity=\"{empty}\"");
        assert!(
            out.contains(&format!(
                "href=\"a/{hash}/style.css\" integrity=\"{style}\" crossorigin"
            )),
            "{out}"
        );
        assert!(
            out.find(&preload).unwrap() < out.find("<script type").unwrap(),
            "{out}"
        );
        assert!(out.contains("<!-- <script>no</script> -->"));
        assert_eq!(page.entries.get("favicon.ico").unwrap(), b"icon");
    }

    #[test]
    fn the_integrity_module_pins_what_code_fetches() {
        let page = page("<link rel=\"stylesheet\" href=\"style.css\">").unwrap();
        let module = String::from_utf8(page.assets.get("integrity.js").unwrap().clone()).unwrap();
        assert!(
            module.contains(&format!("\"words.txt\": \"{}\"", hash::integrity(b"abacus"))),
            "{module}"
        );
        assert!(
            module.contains(&format!("\"views.css\": \"{}\"", hash::integrity(b"b{}"))),
            "{module}"
        );
        assert!(
            module.contains("\"pkg/sotto_bg.wasm\"")
                && !module.contains("app.js")
                && !module.contains("style.css"),
            "{module}"
        );
    }

    #[test]
    fn inline_code_and_unknown_files_are_refused() {
        for html in [
            "<script>x</script>",
            "<script type=\"module\">x</script>",
            "<style>p{}</style>",
            "<p style=\"color:red\">",
            "<p onclick=\"x\">",
            "<base href=\"/\">",
            "<img src=\"none.png\">",
            "<img src=\"https://example.org/x.png\">",
            "<script src=\"c.js\"></script>",
        ] {
            assert!(page(html).is_err(), "{html}");
        }
    }
}
