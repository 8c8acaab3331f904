//! The list of files on the pages that let one compare: every file that is served, and its hash.

use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::hash;
use crate::html::Page;

/// Stands in a page's source where the list goes.
const PLACE: &str = "<!-- files -->";

/// Writes the list into the pages that ask for it. They are not in it themselves: they cannot hold their own hash.
pub(crate) fn fill(page: &mut Page) -> Result<()> {
    let asks = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(PLACE);
    let entries = page
        .entries
        .iter()
        .filter(|(_, bytes)| !asks(bytes))
        .map(|(path, bytes)| (address(path), bytes));
    let assets = page
        .assets
        .iter()
        .map(|(path, bytes)| (format!("/a/{}/{path}", page.hash), bytes));
    let mut files: Vec<_> = entries.chain(assets).collect();
    files.sort_by_key(|(address, _)| (address != "/", address.clone()));
    let mut list = String::from("<dl id=\"files\">\n");
    for (address, bytes) in files {
        if address.contains(['<', '&']) {
            bail!("{address} would have to be escaped");
        }
        writeln!(list, "<dt>{address}</dt><dd>{}</dd>", hash::sha256_hex(bytes))?;
    }
    list.push_str("</dl>");
    for bytes in page.entries.values_mut().filter(|bytes| asks(bytes)) {
        *bytes = String::from_utf8_lossy(bytes).replace(PLACE, &list).into_bytes();
    }
    Ok(())
}

/// Where an entry page is served.
fn address(path: &str) -> String {
    match path.strip_suffix(".html") {
        Some("index") => "/".to_owned(),
        Some(name) => format!("/{name}"),
        None => format!("/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Files;

    #[test]
    fn every_other_file_is_listed_the_entry_page_first() {
        let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
        let mut page = Page {
            hash: "abc".to_owned(),
            assets: Files::from([file("app.js", "1")]),
            entries: Files::from([
                file("about.html", "2"),
                file("index.html", ""),
                file("verify.html", "<p><!-- files --></p>"),
            ]),
        };
        fill(&mut page).unwrap();
        let made = String::from_utf8(page.entries["verify.html"].clone()).unwrap();
        let row = |address: &str, text: &str| {
            format!(
                "<dt>{address}</dt><dd>{}</dd>\n",
                hash::sha256_hex(text.as_bytes())
            )
        };
        let rows = [row("/", ""), row("/a/abc/app.js", "1"), row("/about", "2")].concat();
        assert_eq!(made, format!("<p><dl id=\"files\">\n{rows}</dl></p>"));
        assert_eq!(page.entries["about.html"], b"2");
    }
}
