//! A link as a QR code (ISO/IEC 18004). Loaded only when someone asks for one.

#![cfg_attr(all(target_arch = "wasm32", not(test)), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod bindings;

use alloc::vec;
use alloc::vec::Vec;

use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};

/// Larger codes hold more, but a camera reads them badly off a phone's screen: this one holds 412 bytes.
const LARGEST: Version = Version::new(15);

/// The modules of the smallest QR code that holds a text, row by row, a byte each: 1 is dark. Empty if it does not fit.
///
/// A seventh of it may be unreadable, more where that makes it no larger.
pub fn modules(text: &str) -> Vec<u8> {
    let mut work = vec![0; LARGEST.buffer_len()];
    let mut out = vec![0; LARGEST.buffer_len()];
    let code = QrCode::encode_text(
        text,
        &mut work,
        &mut out,
        QrCodeEcc::Medium,
        Version::MIN,
        LARGEST,
        None,
        true,
    );
    code.map_or_else(
        |_| Vec::new(),
        |code| {
            let side = 0..code.size();
            side.clone()
                .flat_map(|y| side.clone().map(move |x| (x, y)))
                .map(|(x, y)| u8::from(code.get_module(x, y)))
                .collect()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the code says, read by another library.
    fn read(modules: &[u8]) -> String {
        let side = modules.len().isqrt();
        let grid = rqrr::SimpleGrid::from_func(side, |x, y| modules[y * side + x] == 1);
        rqrr::Grid::new(grid).decode().unwrap().1
    }

    #[test]
    fn what_was_written_is_read() {
        for text in [
            "http://127.0.0.1:8080/#0123456789abcdef0123456789abcdef",
            "",
            &"x".repeat(412),
        ] {
            assert_eq!(read(&modules(text)), text);
        }
    }

    #[test]
    fn what_does_not_fit_is_nothing() {
        assert!(modules(&"x".repeat(413)).is_empty());
    }
}
