//! What goes in: the files of `www/` and the bound wasm.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// Files by their path with forward slashes, in the order of the paths.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// The wasm after binding.
pub(crate) struct Bound {
    /// `pkg/<name>.js`, `pkg/<name>_bg.wasm` of each.
    pub(crate) files: Files,
    /// The TypeScript declarations, `pkg/<name>.d.ts`.
    pub(crate) types: Files,
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

/// Makes the modules that load each wasm.
pub(crate) fn bind_all(wasms: &[PathBuf]) -> Result<Bound> {
    let (files, types) = Default::default();
    let mut bound = Bound { files, types };
    for wasm in wasms {
        bind(wasm, &mut bound)?;
    }
    Ok(bound)
}

/// `sotto_client.wasm` becomes `pkg/client.js` and what it loads. Names and producers go: they tell of the machine that
/// built it.
fn bind(wasm: &Path, bound: &mut Bound) -> Result<()> {
    let name = wasm
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let name = name.strip_prefix("sotto_").unwrap_or(name);
    let mut output = Bindgen::new()
        .input_path(wasm)
        .out_name(name)
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
    let types = output.ts().unwrap_or_default().as_bytes().to_vec();
    bound.types.insert(format!("pkg/{name}.d.ts"), types);
    let js = output.js().as_bytes().to_vec();
    bound.files.insert(format!("pkg/{name}.js"), js);
    let wasm = output.wasm_mut().emit_wasm();
    bound.files.insert(format!("pkg/{name}_bg.wasm"), wasm);
    Ok(())
}

/// Declarations of the generated modules, where `www/tsconfig.json` looks for them.
pub(crate) fn write_types(folder: &Path, types: &Files) -> Result<()> {
    fs::create_dir_all(folder.join("pkg"))?;
    for (path, declarations) in types {
        fs::write(folder.join(path), declarations)?;
    }
    fs::write(
        folder.join("integrity.d.ts"),
        "export const integrity: Readonly<Record<string, string>>;\n",
    )?;
    Ok(())
}
