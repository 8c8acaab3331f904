//! All that a process left in a folder, read as it lies there and, where Firefox compressed it, as it was before.

use std::io;
use std::path::{Path, PathBuf};

use super::search::Haystack;

/// What Firefox writes before an LZ4 block and its length, as for the tabs that it would open again.
const MOZ_LZ4: &[u8] = b"mozLz40\0";

/// Every file below the folder, with its name as one part and its content as another; what `MOZ_LZ4` begins is a third,
/// whose name ends with [`UNDONE`].
///
/// A file that goes away while it is read (a database's journal) is left out.
pub fn haystack(folder: &Path) -> io::Result<Haystack> {
    let mut haystack = Haystack::default();
    for path in below(folder)? {
        let name = path.display().to_string();
        haystack.add(format!("name of {name}"), name.clone());
        match std::fs::read(&path) {
            Ok(bytes) => {
                if let Some(compressed) = bytes.strip_prefix(MOZ_LZ4) {
                    haystack.add(format!("{name}{UNDONE}"), undone(compressed)?);
                }
                haystack.add(name, bytes);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(haystack)
}

/// What the name of a part ends with that was compressed in its file.
pub const UNDONE: &str = ", undone";

/// The paths of all files below the folder, without sockets and links that lead nowhere; a folder that goes away meanwhile is left out.
pub(super) fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    Ok(files)
}

fn undone(compressed: &[u8]) -> io::Result<Vec<u8>> {
    let failed = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    lz4_flex::block::decompress_size_prepended(compressed).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::super::search::Secret;
    use super::*;

    #[test]
    fn files_and_names_are_searched_at_any_depth() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("planted-name"), "planted content").unwrap();
        let haystack = haystack(folder.path()).unwrap();
        haystack.must_hold(&Secret::text("name", "planted-name"));
        haystack.must_hold(&Secret::text("content", "planted content"));
        haystack.must_lack(&[Secret::text("absent", "nothing of the kind")]);
    }

    #[test]
    fn what_firefox_compressed_is_searched_too() {
        let folder = tempfile::tempdir().unwrap();
        let text = "over and over and over and over and planted";
        let mut bytes = MOZ_LZ4.to_vec();
        bytes.extend(lz4_flex::block::compress_prepend_size(text.as_bytes()));
        let control = Secret::text("content", "over and planted");
        assert_eq!(control.find(&bytes), None);
        std::fs::write(folder.path().join("session.jsonlz4"), bytes).unwrap();
        let haystack = haystack(folder.path()).unwrap();
        haystack.must_hold(&control);
        haystack.parts_named(UNDONE).must_hold(&control);
    }
}
