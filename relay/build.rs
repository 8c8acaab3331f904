//! Turns the folder of the built page into a table that the relay embeds.
//!
//! The folder is `SOTTO_PAGE_DIR`, or `target/page`, as `build.sh` leaves it. Without a page in it (plain `cargo build`)
//! the table is empty, and the relay serves a notice in its place.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("cargo::rerun-if-env-changed=SOTTO_PAGE_DIR");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("..");
    let folder = env::var("SOTTO_PAGE_DIR").map_or_else(|_| root.join("target/page"), PathBuf::from);
    // Cargo runs this again at every build if the watched folder is missing; an empty one it can watch.
    fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());

    println!("cargo::rerun-if-env-changed=SOTTO_COMMIT");
    let commit = env::var("SOTTO_COMMIT").unwrap_or_else(|_| "not recorded".to_owned());
    println!("cargo::rustc-env=SOTTO_COMMIT={commit}");
    println!("cargo::rustc-env=SOTTO_PAGE_HASH={}", page_hash(&folder)?);

    let mut table = String::from("&[\n");
    if folder.join("manifest.json").exists() {
        let mut paths = Vec::new();
        walk(&folder, &mut paths)?;
        paths.sort();
        for path in paths {
            entry(&folder, &path, &mut table)?;
        }
    }
    table.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("page.rs"), table)?;
    Ok(())
}

/// The name of the page's tree, which is the hash of all that is in it.
fn page_hash(folder: &Path) -> Result<String> {
    let Ok(mut trees) = fs::read_dir(folder.join("a")) else {
        return Ok("none".to_owned());
    };
    let tree = trees.next().ok_or("a page without files")??.file_name();
    Ok(tree.into_string().map_err(|_| "a tree's name is a hash")?)
}

/// All files below a folder, save the compressed twins.
fn walk(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for item in fs::read_dir(folder)? {
        let path = item?.path();
        if path.is_dir() {
            walk(&path, paths)?;
        } else if !matches!(path.extension().and_then(|end| end.to_str()), Some("br" | "gz")) {
            paths.push(path);
        }
    }
    Ok(())
}

/// One line of the table: an `Asset` as `src/page/mod.rs` declares it.
fn entry(folder: &Path, path: &Path, table: &mut String) -> Result<()> {
    let relative = path.strip_prefix(folder)?.to_str().ok_or("a path is not UTF-8")?;
    let content_type = content_type(relative)?;
    let url = match relative.strip_suffix(".html") {
        Some("index") => "/".to_owned(),
        Some(name) if !name.contains('/') => format!("/{name}"),
        _ => format!("/{relative}"),
    };
    let twin = |end: &str| {
        let twin = format!("{}.{end}", path.display());
        if Path::new(&twin).exists() {
            format!("Some(include_bytes!({twin:?}))")
        } else {
            "None".to_owned()
        }
    };
    let (brotli, gzip, identity) = (twin("br"), twin("gz"), path.display().to_string());
    writeln!(
        table,
        "Asset {{ path: {url:?}, content_type: {content_type:?}, identity: include_bytes!({identity:?}), brotli: {brotli}, gzip: {gzip} }},"
    )?;
    Ok(())
}

fn content_type(path: &str) -> Result<&'static str> {
    Ok(match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => return Err(format!("{path}: no content type is known; add it to relay/build.rs").into()),
    })
}
