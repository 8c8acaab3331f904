//! Every frame goes through its one encoding and back, and has the shape that `docs/protocol.cddl` describes.

mod samples;

use cddl_cat::cbor::validate_cbor_bytes;
use proptest::prelude::*;
use sotto_protocol::{
    Command, DecodeError, Header, Request, Seat, ServerFrame, decode, encode, hash, limits,
};

const CDDL: &str = include_str!("../../docs/protocol.cddl");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn requests_round_trip_in_the_described_shape(request in samples::request()) {
        let bytes = encode(&request);
        prop_assert!(bytes.len() <= limits::FRAME);
        prop_assert_eq!(decode::<Request>(&bytes), Ok(request));
        validate_cbor_bytes("request", CDDL, &bytes).map_err(|e| TestCaseError::fail(e.to_string()))?;
    }

    #[test]
    fn frames_round_trip_in_the_described_shape(frame in samples::frame()) {
        let bytes = encode(&frame);
        prop_assert!(bytes.len() <= limits::FRAME);
        prop_assert_eq!(decode::<ServerFrame>(&bytes), Ok(frame));
        validate_cbor_bytes("frame", CDDL, &bytes).map_err(|e| TestCaseError::fail(e.to_string()))?;
    }

    #[test]
    fn headers_round_trip_in_the_described_shape(header in samples::header()) {
        let bytes = header.encode();
        prop_assert!(bytes.len() <= limits::HEADER);
        prop_assert_eq!(Header::parse(&bytes), Ok(header));
        validate_cbor_bytes("header", CDDL, &bytes).map_err(|e| TestCaseError::fail(e.to_string()))?;
    }

    #[test]
    fn envelopes_of_the_lengths_that_clients_make_are_accepted(envelope in samples::envelope()) {
        prop_assert!(envelope.parse_header().is_ok());
    }

    #[test]
    fn any_bytes_are_refused_or_are_the_one_encoding(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(request) = decode::<Request>(&bytes) {
            prop_assert_eq!(encode(&request), bytes);
        }
    }

    #[test]
    fn a_flipped_byte_never_decodes_to_the_same_request(request in samples::request(), at: prop::sample::Index, by in 1..=255_u8) {
        let mut bytes = encode(&request);
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        prop_assert_ne!(decode::<Request>(&bytes), Ok(request));
    }
}

/// The same search as above finds what does not fit: a frame under a rule that is not its own.
#[test]
fn the_description_refuses_what_it_does_not_describe() {
    let request = encode(&Request {
        reference: 1,
        command: Command::Typing,
    });
    assert!(validate_cbor_bytes("request", CDDL, &request).is_ok());
    assert!(validate_cbor_bytes("frame", CDDL, &request).is_err());
}

#[test]
fn typing_is_these_bytes() {
    let bytes = encode(&Request {
        reference: 7,
        command: Command::Typing,
    });
    assert_eq!(bytes, [0x82, 7, 0x81, 8]);
}

#[test]
fn a_second_encoding_of_the_same_value_is_refused() {
    for (bytes, why) in [
        (&[0x82, 0x18, 7, 0x81, 8][..], "a longer integer than needed"),
        (&[0x9f, 7, 0x81, 8, 0xff][..], "an array of indefinite length"),
        (
            &[0x82, 7, 0x82, 8, 0xf6][..],
            "a field that the command does not have",
        ),
        (&[0x82, 7, 0x81, 8, 0][..], "a byte after the end"),
        (&[0x82, 7, 0xc0, 0x81, 8][..], "a tag"),
        (&[0x82, 0xf9, 0x47, 0, 0x81, 8][..], "a float"),
        (&[0x82, 0x27, 0x81, 8][..], "a negative number"),
        (&[0x82, 0x1c, 0x81, 8][..], "a head that RFC 8949 reserves"),
    ] {
        let refused = decode::<Request>(bytes);
        assert!(
            matches!(
                refused,
                Err(DecodeError::NotDeterministic | DecodeError::Malformed)
            ),
            "{why}: {refused:?}"
        );
    }
}

#[test]
fn seats_out_of_order_or_twice_are_refused() {
    let proofs = |seats: [u8; 2]| {
        let mut bytes = vec![0x82, 7, 0x82, 13, 0xa2];
        for seat in seats {
            bytes.extend([seat, 0x50]);
            bytes.extend([seat; 16]);
        }
        decode::<Request>(&bytes)
    };
    assert!(proofs([1, 2]).is_ok());
    assert_eq!(proofs([2, 1]), Err(DecodeError::NotDeterministic));
    assert_eq!(proofs([1, 1]), Err(DecodeError::NotDeterministic));
}

#[test]
fn an_unknown_command_has_an_error_of_its_own() {
    assert_eq!(decode::<Request>(&[0x82, 7, 0x81, 16]), Err(DecodeError::Unknown));
    assert_eq!(decode::<Request>(&[0x82, 7, 0x80]), Err(DecodeError::Malformed));
    assert_eq!(decode::<Request>(&[]), Err(DecodeError::Malformed));
}

#[test]
fn there_is_no_ninth_seat() {
    assert!(Seat::new(7).is_some());
    assert_eq!(Seat::new(8), None);
    let typing_of_seat_8 = [0x82, 2, 0x82, 5, 8];
    assert_eq!(
        decode::<ServerFrame>(&typing_of_seat_8),
        Err(DecodeError::Malformed)
    );
}

/// Lengths in a frame's head promise what the frame does not hold: nothing is reserved for them.
#[test]
fn a_promised_length_is_not_believed() {
    let keys_without_end = [
        &[0x82, 7, 0x84, 3, 0x58, 32][..],
        &[0; 32],
        &[
            0x82, 0, 0x48, 0, 0, 0, 0, 0, 0, 0, 0, 0x9b, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
        ],
    ]
    .concat();
    assert_eq!(decode::<Request>(&keys_without_end), Err(DecodeError::Malformed));
    let bytes_without_end = [
        0x82, 7, 0x82, 0, 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    ];
    assert_eq!(decode::<Request>(&bytes_without_end), Err(DecodeError::Malformed));
}

#[test]
fn a_puzzle_is_solved_for_its_nonce_command_and_subject_alone() {
    use sotto_protocol::{CommandKind, Nonce, Subject};
    let (nonce, subject) = (Nonce::new([1; 16]), Subject::new([2; 32]));
    let solution = hash::solve(&nonce, CommandKind::Open, &subject, 12);
    assert!(hash::solves(&nonce, CommandKind::Open, &subject, &solution, 12));
    assert!(!hash::solves(
        &Nonce::new([9; 16]),
        CommandKind::Open,
        &subject,
        &solution,
        12
    ));
    assert!(!hash::solves(&nonce, CommandKind::Claim, &subject, &solution, 12));
    assert!(!hash::solves(
        &nonce,
        CommandKind::Open,
        &Subject::new([9; 32]),
        &solution,
        12
    ));
    assert!(!hash::solves(&nonce, CommandKind::Open, &subject, &solution, 32));
}

/// Computed with Python's hashlib from the formulas in `docs/protocol.md`.
#[test]
fn the_hashes_are_those_of_the_formulas() {
    use sotto_protocol::RoomHash;
    let message = hash::message_hash(&RoomHash::new([7; 32]), b"header", b"body");
    assert_eq!(
        hex(message.as_bytes()),
        "ae4ab278a284d7de5709366493d38944d6512c92e425f9aa92cf8d35410f5fbc"
    );
    assert_eq!(
        hex(hash::card_hash(b"card").as_bytes()),
        "8367cd66fdd136bba8ba23f8805bb050dd6289401c8ec3b0be44a3c233eef90d"
    );
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
