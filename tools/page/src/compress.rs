//! The compressed twins of a file, made once, at the best and slowest setting.

use std::io::Write;

use anyhow::Result;
use flate2::{Compression, GzBuilder};

/// Brotli at quality 11, or nothing where that does not make it smaller.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params)?;
    Ok((out.len() < bytes.len()).then_some(out))
}

/// Gzip at level 9 without name or time, or nothing where that does not make it smaller.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    let out = encoder.finish()?;
    Ok((out.len() < bytes.len()).then_some(out))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_come_back_and_small_files_stay() {
        let text = "one message at a time. ".repeat(50).into_bytes();
        let mut back = Vec::new();
        brotli::Decompressor::new(&*brotli(&text).unwrap().unwrap(), 4096)
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, text);
        back.clear();
        flate2::read::GzDecoder::new(&*gzip(&text).unwrap().unwrap())
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, text);
        assert_eq!(brotli(b"x").unwrap(), None);
        assert_eq!(gzip(b"x").unwrap(), None);
    }
}
