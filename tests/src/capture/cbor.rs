//! Undoes CBOR: every byte and text string of it, at any depth, those inside byte strings included.

use minicbor::Decoder;
use minicbor::data::Type;

/// How deep a byte string is looked into; the wire nests two deep.
const DEPTH: usize = 8;

/// Every byte and text string in these bytes if they are CBOR, each whole. Where bytes stop being CBOR the walk ends;
/// what it has found so far counts.
pub fn strings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    walk(bytes, 0, &mut found);
    found
}

/// Takes one item after the other, in the order of the bytes: nesting needs no tree, the heads of arrays, maps and tags
/// are stepped over.
fn walk(bytes: &[u8], depth: usize, found: &mut Vec<Vec<u8>>) {
    let mut decoder = Decoder::new(bytes);
    while decoder.position() < bytes.len() {
        let Ok(step) = item(&mut decoder) else { return };
        if let Some(string) = step {
            if depth < DEPTH {
                walk(&string, depth + 1, found);
            }
            found.push(string);
        }
    }
}

/// The string that the next item is, or nothing if it is something else.
fn item(decoder: &mut Decoder<'_>) -> Result<Option<Vec<u8>>, minicbor::decode::Error> {
    match decoder.datatype()? {
        Type::Bytes => decoder.bytes().map(|bytes| Some(bytes.to_vec())),
        Type::String => decoder.str().map(|text| Some(text.as_bytes().to_vec())),
        Type::BytesIndef => decoder
            .bytes_iter()?
            .collect::<Result<Vec<_>, _>>()
            .map(|parts| Some(parts.concat())),
        Type::StringIndef => {
            let parts = decoder.str_iter()?.collect::<Result<Vec<_>, _>>()?;
            Ok(Some(parts.concat().into_bytes()))
        }
        Type::Array | Type::ArrayIndef => decoder.array().map(|_| None),
        Type::Map | Type::MapIndef => decoder.map().map(|_| None),
        Type::Tag => decoder.tag().map(|_| None),
        Type::Break => {
            decoder.set_position(decoder.position() + 1);
            Ok(None)
        }
        _ => decoder.skip().map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use minicbor::Encoder;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strings_at_every_depth_are_found() {
        let inner = minicbor::to_vec(("deep", 7, minicbor::bytes::ByteVec::from(vec![1, 2, 3]))).unwrap();
        let map = BTreeMap::from([(1, "in a map")]);
        let outer =
            minicbor::to_vec((true, (minicbor::bytes::ByteVec::from(inner.clone()), map), "last")).unwrap();
        let found = strings(&outer);
        for part in [inner.as_slice(), b"deep", &[1, 2, 3], b"in a map", b"last"] {
            assert!(found.iter().any(|string| string == part), "{part:?}");
        }
    }

    #[test]
    fn a_string_in_pieces_is_joined() {
        let mut encoder = Encoder::new(Vec::new());
        encoder.begin_array().unwrap().begin_bytes().unwrap();
        encoder
            .bytes(b"corr")
            .unwrap()
            .bytes(b"ect")
            .unwrap()
            .end()
            .unwrap();
        encoder.str("after").unwrap().end().unwrap();
        let found = strings(encoder.writer());
        assert!(
            found.contains(&b"correct".to_vec()) && found.contains(&b"after".to_vec()),
            "{found:?}"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_trip_it(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            strings(&bytes);
        }
    }
}
