//! What goes out: the folder that the relay embeds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::html::Page;
use crate::{compress, hash};

/// Writes the page beside its place and then swaps it in, so that nobody embeds half of one.
pub(crate) fn page(out: &Path, page: &Page, compiler: &str, built_by: &str) -> Result<()> {
    let fresh = sibling(out, ".new");
    let old = sibling(out, ".old");
    for folder in [&fresh, &old] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    fs::create_dir_all(&fresh)?;
    let mut sums = Map::new();
    let assets = page
        .assets
        .iter()
        .map(|(path, bytes)| (format!("a/{}/{path}", page.hash), bytes));
    let entries = page.entries.iter().map(|(path, bytes)| (path.clone(), bytes));
    for (path, bytes) in assets.chain(entries) {
        file(&fresh, &path, bytes, &mut sums)?;
    }
    let manifest = json!({ "compiler": compiler, "built_by": built_by, "tree": page.hash, "sha256": Value::Object(sums) });
    fs::write(
        fresh.join("manifest.json"),
        serde_json::to_string_pretty(&manifest)? + "\n",
    )?;
    if out.exists() {
        fs::rename(out, &old)?;
    }
    fs::rename(&fresh, out)?;
    if old.exists() {
        fs::remove_dir_all(&old)?;
    }
    Ok(())
}

/// Writes one file and its compressed twins, and notes the sum of each.
fn file(root: &Path, path: &str, bytes: &[u8], sums: &mut Map<String, Value>) -> Result<()> {
    let variants = [
        (path.to_owned(), Some(bytes.to_vec())),
        (format!("{path}.br"), compress::brotli(bytes)?),
        (format!("{path}.gz"), compress::gzip(bytes)?),
    ];
    for (path, bytes) in variants {
        let Some(bytes) = bytes else { continue };
        let target = root.join(&path);
        fs::create_dir_all(target.parent().context("a path without a folder")?)?;
        fs::write(&target, &bytes)?;
        sums.insert(path, hash::sha256_hex(&bytes).into());
    }
    Ok(())
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Files;

    #[test]
    fn the_same_page_is_written_the_same_twice() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("page");
        let text = "body { color: black } ".repeat(40).into_bytes();
        let assets = Files::from([("style.css".to_owned(), text)]);
        let entries = Files::from([("index.html".to_owned(), b"<p>".to_vec())]);
        let sample = Page {
            hash: "abc".to_owned(),
            assets,
            entries,
        };
        page(&out, &sample, "rustc 1", "reference").unwrap();
        let first = fs::read_to_string(out.join("manifest.json")).unwrap();
        page(&out, &sample, "rustc 1", "reference").unwrap();
        assert_eq!(fs::read_to_string(out.join("manifest.json")).unwrap(), first);
        assert!(
            first.contains("a/abc/style.css.br") && !first.contains("index.html.br"),
            "{first}"
        );
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["page"]);
    }
}
