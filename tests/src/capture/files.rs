//! All that a process left in a folder.

use std::io;
use std::path::Path;

use super::search::Haystack;

/// Every file below the folder, with its name as one part and its content as another.
///
/// A file that goes away while it is read (a database's journal) is left out.
pub fn haystack(folder: &Path) -> io::Result<Haystack> {
    let mut haystack = Haystack::default();
    walk(folder, &mut haystack)?;
    Ok(haystack)
}

/// One folder and those below it.
fn walk(folder: &Path, haystack: &mut Haystack) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.display().to_string();
        haystack.add(format!("name of {name}"), name.clone());
        if path.is_dir() {
            walk(&path, haystack)?;
        } else {
            match std::fs::read(&path) {
                Ok(bytes) => haystack.add(name, bytes),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
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
}
