//! Which modules a module imports.
//!
//! Not a parser: it reads statements that begin a line with `import` or `export`, which is how our own modules and
//! wasm-bindgen's are written. What it missed, a browser would block (Integrity-Policy), and the browser tests see it.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};

use crate::tree::Files;

/// Every module that `entry` imports, directly or not; `entry` itself is left out.
pub(crate) fn transitive(files: &Files, entry: &str) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open = vec![entry.to_owned()];
    while let Some(path) = open.pop() {
        let source = files
            .get(&path)
            .with_context(|| format!("{path} is imported but is not in the tree"))?;
        let source = std::str::from_utf8(source).with_context(|| format!("{path} is not UTF-8"))?;
        for specifier in direct(source) {
            let target = resolve(&path, &specifier)?;
            if target != entry && found.insert(target.clone()) {
                open.push(target);
            }
        }
    }
    Ok(found)
}

/// Every module that comes only once a script asks for it by `import("..")`: those that the modules below `entries` name
/// so, with what they import, less what came with the entries.
pub(crate) fn later(files: &Files, entries: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let mut first = entries.clone();
    for entry in entries {
        first.append(&mut transitive(files, entry)?);
    }
    let mut found = BTreeSet::new();
    for path in &first {
        let source = files
            .get(path)
            .map_or("", |bytes| str::from_utf8(bytes).unwrap_or_default());
        for named in source.split("import(\"").skip(1) {
            let target = resolve(path, named.split('"').next().unwrap_or_default())?;
            found.append(&mut transitive(files, &target)?);
            found.insert(target);
        }
    }
    Ok(&found - &first)
}

/// The specifiers of a module's static imports and re-exports.
fn direct(source: &str) -> Vec<String> {
    let mut specifiers = Vec::new();
    let mut rest = source;
    while let Some((line, after)) = split_line(rest) {
        let is_import =
            line.starts_with("import ") || line.starts_with("import{") || line.starts_with("import\"");
        let is_export = ["export *", "export {", "export{"]
            .iter()
            .any(|start| line.starts_with(start));
        let statement = if is_import || is_export {
            rest.split(';').next().unwrap_or(rest)
        } else {
            ""
        };
        let quoted = if is_export {
            statement.rsplit_once(" from ").map(|(_, quoted)| quoted)
        } else {
            Some(statement)
        };
        specifiers.extend(quoted.and_then(last_quoted));
        rest = after;
    }
    specifiers
}

fn split_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        None
    } else {
        Some(text.split_once('\n').unwrap_or((text, "")))
    }
}

fn last_quoted(statement: &str) -> Option<String> {
    let statement = statement.trim_end();
    let quote = statement
        .chars()
        .last()
        .filter(|last| matches!(last, '"' | '\''))?;
    let inner = statement.strip_suffix(quote)?;
    inner
        .rsplit_once(quote)
        .map(|(_, specifier)| specifier.to_owned())
}

/// Resolves `./x.js` and `../x.js` against the path of the module that names it.
fn resolve(from: &str, specifier: &str) -> Result<String> {
    if !(specifier.starts_with("./") || specifier.starts_with("../")) {
        bail!("{from} imports {specifier:?}: only relative paths stay within the tree");
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => {
                parts
                    .pop()
                    .with_context(|| format!("{from} imports {specifier:?}, which leaves the tree"))?;
            }
            name => parts.push(name),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter()
            .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn follows_imports_and_re_exports_over_lines_and_folders() {
        let files = files(&[
            (
                "app.js",
                "import { a } from \"./view/a.js\";\nimport './side.js';\nconst x = \"import\";\n",
            ),
            (
                "view/a.js",
                "export {\n  b,\n} from '../b.js';\nexport const a = \"./no.js\";\nexport { a as c };\n",
            ),
            ("side.js", "// import \"./no.js\";\nexport * from \"./app.js\";\n"),
            ("b.js", "export const b = 1;\n"),
        ]);
        let found: Vec<_> = transitive(&files, "app.js").unwrap().into_iter().collect();
        assert_eq!(found, ["b.js", "side.js", "view/a.js"]);
    }

    #[test]
    fn what_a_script_asks_for_later_is_told_apart() {
        let files = files(&[
            (
                "app.js",
                "import \"./a.js\";\nconst more = () => import(\"./view/all.js\");\n",
            ),
            ("a.js", ""),
            ("view/all.js", "export * from \"./b.js\";\nimport \"../a.js\";\n"),
            ("view/b.js", ""),
        ]);
        let found: Vec<_> = later(&files, &BTreeSet::from(["app.js".to_owned()]))
            .unwrap()
            .into_iter()
            .collect();
        assert_eq!(found, ["view/all.js", "view/b.js"]);
    }

    #[test]
    fn refuses_what_leaves_the_tree() {
        for specifier in [
            "lit",
            "/x.js",
            "https://example.org/x.js",
            "../x.js",
            "./missing.js",
        ] {
            let files = files(&[("app.js", &format!("import \"{specifier}\";\n"))]);
            assert!(transitive(&files, "app.js").is_err(), "{specifier}");
        }
    }
}
