//! Hashes in the two forms that the page needs.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::tree::Files;

/// Lower-case hexadecimal SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// The value of an `integrity` attribute.
pub(crate) fn integrity(bytes: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(bytes)))
}

/// The name of a tree: the first 128 bits of a hash over every path and every byte in it.
pub(crate) fn tree(files: &Files) -> String {
    let mut listing = String::new();
    for (path, bytes) in files {
        listing.push_str(&sha256_hex(bytes));
        listing.push_str("  ");
        listing.push_str(path);
        listing.push('\n');
    }
    let mut name = sha256_hex(listing.as_bytes());
    name.truncate(32);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            integrity(b""),
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
    }

    #[test]
    fn a_tree_is_named_by_paths_and_bytes() {
        let one = Files::from([("a.js".to_owned(), b"1".to_vec())]);
        let other_path = Files::from([("b.js".to_owned(), b"1".to_vec())]);
        let other_bytes = Files::from([("a.js".to_owned(), b"2".to_vec())]);
        assert_eq!(tree(&one).len(), 32);
        assert_eq!(tree(&one), tree(&one.clone()));
        assert_ne!(tree(&one), tree(&other_path));
        assert_ne!(tree(&one), tree(&other_bytes));
    }
}
