//! What goes in: the files of `www/` and the bound wasm.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// Files by their path with forward slashes, in the order of the paths.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The wasm after binding.
pub(crate) struct Bound {
    /// `pkg/sotto.js`, `pkg/sotto_bg.wasm`.
    pub(crate) files: Files,
    /// The TypeScript declarations of `pkg/sotto.js`.
    pub(crate) types: String,
}

/// Reads every file below `www`; names that begin with a dot, and declarations for the type checker, stay out.
pub(crate) fn collect(www: &Path) -> Result<Files> {
    let mut files = Files::new();
    walk(www, "", &mut files)?;
    if !files.contains_key("index.html") {
        bail!("{} has no index.html", www.display());
    }
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Files) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .ok()
            .context("a file name is not UTF-8")?;
        let path = format!("{prefix}{name}");
        if name.starts_with('.') || name.ends_with(".d.ts") || name == "tsconfig.json" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Makes the module that loads the wasm. Names and producers go: they tell of the machine that built it.
pub(crate) fn bind(wasm: &Path) -> Result<Bound> {
    let mut output = Bindgen::new()
        .input_path(wasm)
        .out_name("sotto")
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()
        .with_context(|| format!("binding {}", wasm.display()))?;
    if output.snippets().values().any(|list| !list.is_empty()) || !output.local_modules().is_empty() {
        bail!("the wasm brings JavaScript of its own; what the page runs stands in www/");
    }
    let types = output.ts().unwrap_or_default().to_owned();
    let js = output.js().as_bytes().to_vec();
    let wasm = output.wasm_mut().emit_wasm();
    let files = Files::from([
        ("pkg/sotto.js".to_owned(), js),
        ("pkg/sotto_bg.wasm".to_owned(), wasm),
    ]);
    Ok(Bound { files, types })
}

/// Declarations of the two generated modules, where `www/tsconfig.json` looks for them.
pub(crate) fn write_types(folder: &Path, pkg: &str) -> Result<()> {
    fs::create_dir_all(folder.join("pkg"))?;
    fs::write(folder.join("pkg/sotto.d.ts"), pkg)?;
    fs::write(
        folder.join("integrity.d.ts"),
        "export const integrity: Readonly<Record<string, string>>;\n",
    )?;
    Ok(())
}
