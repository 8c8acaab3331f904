//! Every encode/parse and seal/open pair, on anything that it takes and anything that it does not.

mod common;

use common::{Counter, Person, delivered, room, seat};
use proptest::prelude::*;
use sotto_crypto::{
    Code, CodeError, Incoming, Invitation, LockKey, Nickname, NicknameError, Peer, SealError, Stretched,
    ToLock, generate_words, normal,
};
use sotto_protocol::{Envelope, MessageHash, Sealed, limits};

#[test]
fn a_code_reads_as_people_type_it() {
    let code = Code::parse("1-K7QF2-M9XTB").unwrap();
    assert_eq!((code.seat(), code.encode().as_str()), (seat(1), "1-K7QF2-M9XTB"));
    for typed in [
        "1k7qf2m9xtb",
        " 1 K7QF2 M9XTB ",
        "I-k7qf2-m9xtb",
        "l–K7QF2—M9XTB",
        "1-K7Q-F2M-9XTB",
    ] {
        assert_eq!(Code::parse(typed).unwrap(), code, "{typed}");
    }
    assert_eq!(Code::parse("O-OIL00-00000").unwrap().encode(), "0-01100-00000");
}

#[test]
fn what_is_no_code_is_refused_with_a_reason() {
    for (typed, why) in [
        ("", CodeError::Length),
        ("1", CodeError::Length),
        ("1-K7QF2-M9XT", CodeError::Length),
        ("1-K7QF2-M9XTBB", CodeError::Length),
        ("8-K7QF2-M9XTB", CodeError::Seat),
        ("K-K7QF2-M9XTB", CodeError::Seat),
        ("1-K7QF2-M9XTU", CodeError::Letter),
        ("1-K7QF2-M9XT!", CodeError::Letter),
        ("1-K7QF2-M9XTß", CodeError::Letter),
    ] {
        assert_eq!(Code::parse(typed), Err(why), "{typed}");
    }
}

#[test]
fn codes_of_two_seats_or_letters_are_two_tokens() {
    let room = room(1);
    let tokens = ["0-00000-00000", "1-00000-00000", "0-00000-00001", "0-Z0000-00000"]
        .map(|code| Code::parse(code).unwrap().token(&room));
    for (i, one) in tokens.iter().enumerate() {
        for (j, two) in tokens.iter().enumerate() {
            assert_eq!(one == two, i == j);
        }
    }
    assert!(Code::parse("0-00000-00000").unwrap().token(&common::room(2)) != tokens[0]);
}

#[test]
fn an_invitation_is_32_lower_case_digits() {
    assert!(Invitation::parse("000102030405060708090a0b0c0d0e0f").is_ok());
    for text in [
        "",
        "00",
        "000102030405060708090a0b0c0d0e0",
        "000102030405060708090a0b0c0d0e0f0",
    ] {
        assert!(Invitation::parse(text).is_err());
    }
    assert!(Invitation::parse("000102030405060708090A0B0C0D0E0F").is_err());
    assert!(Invitation::parse("000102030405060708090a0b0c0d0e0g").is_err());
}

#[test]
fn a_sealed_invitation_has_one_length() {
    let invitation = Invitation::generate(&mut Counter::new(1));
    let code = Code::generate(seat(1), &mut Counter::new(2));
    for length in [1, 100, 256] {
        let phrase = normal(&"a".repeat(length)).unwrap();
        let sealed = invitation.seal(&phrase, &code, &mut Counter::new(3));
        assert_eq!(sealed.len(), limits::INVITATION);
        assert_eq!(invitation.open(&sealed).unwrap().phrase, phrase);
        assert!(Invitation::generate(&mut Counter::new(4)).open(&sealed).is_err());
    }
}

#[test]
fn a_nickname_shows_all_that_is_in_it() {
    assert_eq!(Nickname::parse(" Anna  B ").unwrap().as_str(), "Anna  B");
    assert_eq!(Nickname::parse("").unwrap().as_str(), "");
    assert_eq!(Nickname::parse(&"a".repeat(48)).unwrap().as_str().len(), 48);
    assert_eq!(Nickname::parse(&"a".repeat(49)), Err(NicknameError::TooLong));
    let hidden = [
        '\n', '\t', '\r', '\0', '\u{7f}', '\u{85}', '\u{ad}', '\u{200b}', '\u{200d}', '\u{200e}', '\u{202e}',
    ];
    for c in hidden.into_iter().chain([
        '\u{2028}', '\u{2066}', '\u{feff}', '\u{fe0f}', '\u{e000}', '\u{378}',
    ]) {
        assert_eq!(
            Nickname::parse(&format!("a{c}b")),
            Err(NicknameError::Character),
            "{c:?}"
        );
    }
}

/// A length tells one of four sizes: 255 and 256, 1023 and 1024, 4095 and 4096, 16383 and 16384.
#[test]
fn texts_at_the_edges_of_padding() {
    let room = room(1);
    let (a, b) = (Person::new(&room, 0), Person::new(&room, 1));
    for (length, padded) in [
        (0, 256),
        (1, 256),
        (255, 256),
        (256, 1024),
        (1023, 1024),
        (1024, 4096),
        (4095, 4096),
        (4096, 16384),
        (16383, 16384),
    ] {
        let text = "x".repeat(length);
        let message = a.write(&room, &[&b], &text);
        assert_eq!(message.envelope.body.len(), padded + limits::TAG, "{length}");
        assert_eq!(
            b.read(&room, &a, &delivered(&message, seat(1))).unwrap().as_str(),
            text
        );
    }
    let mut rng = Counter::new(1);
    let outline = sotto_crypto::Outline::generate(1, MessageHash::NONE, &mut rng);
    let too_long = "x".repeat(16384);
    let (pair, card) = (a.pair(&room, &b), &a.card_hash);
    let sealed = sotto_crypto::seal_message(&room, &a.me, card, [&pair], &outline, &too_long, &mut rng);
    assert_eq!(sealed, Err(SealError::TooLong));
}

#[test]
fn drawn_words_are_of_the_list() {
    let words: [u16; 2000] = generate_words(&mut Counter::new(1));
    assert!(words.iter().all(|word| *word < sotto_crypto::LIST_LEN));
    assert!(words.iter().any(|word| *word > 7000) && words.iter().any(|word| *word < 700));
}

#[test]
fn what_is_made_has_the_lengths_that_the_relay_demands() {
    let room = room(1);
    let a = Person::new(&room, 0);
    assert_eq!(a.card.len(), limits::CARD);
    let vault = a
        .pass
        .vault_key(seat(0))
        .seal(room.hash(), seat(0), a.me.seed(), &mut Counter::new(1));
    assert_eq!(vault.len(), limits::VAULT);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "\\PC{0,400}", "[a-z\u{0}\u{80}]{0,2000}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_code_survives(bits in any::<u32>(), number in 0_u8..8) {
        let code = Code::generate(seat(number), &mut Counter::new(bits));
        let shown = code.encode();
        prop_assert_eq!(&Code::parse(&shown).unwrap(), &code);
        prop_assert_eq!(&Code::parse(&shown.to_lowercase().replace('-', " ")).unwrap(), &code);
        prop_assert_eq!(shown.len(), 13);
    }

    #[test]
    fn no_text_breaks_a_parser(text in any::<String>()) {
        if let Ok(code) = Code::parse(&text) {
            prop_assert_eq!(Code::parse(&code.encode()).unwrap(), code);
        }
        if let Ok(invitation) = Invitation::parse(&text) {
            prop_assert_eq!(invitation.encode(), text.clone());
        }
        if let Ok(nickname) = Nickname::parse(&text) {
            prop_assert_eq!(Nickname::parse(nickname.as_str()).unwrap(), nickname);
        }
    }

    #[test]
    fn any_invitation_survives(start in any::<u32>()) {
        let invitation = Invitation::generate(&mut Counter::new(start));
        prop_assert!(Invitation::parse(&invitation.encode()).unwrap() == invitation);
    }

    #[test]
    fn any_text_arrives(text in text()) {
        let room = room(1);
        let (a, b) = (Person::new(&room, 0), Person::new(&room, 1));
        let message = a.write(&room, &[&b], &text);
        let envelope: Envelope = sotto_protocol::decode(&sotto_protocol::encode(&message.envelope)).unwrap();
        prop_assert_eq!(envelope.parse_header().unwrap(), message.header.clone());
        for reader in [&a, &b] {
            let read = reader.read(&room, &a, &delivered(&message, reader.seat())).unwrap();
            prop_assert_eq!(read.as_str(), &text);
        }
    }

    #[test]
    fn any_nickname_survives(text in "\\PC{0,20}") {
        let room = room(1);
        let a = Person::new(&room, 0);
        if let Ok(nickname) = Nickname::parse(&text) {
            let card = a.me.seal_card(&room, &nickname, &mut Counter::new(1));
            let peer = Peer::open(&room, seat(0), &card).unwrap();
            prop_assert_eq!(peer.nickname(), nickname.as_str());
        }
    }

    #[test]
    fn any_draft_survives_a_lock(draft in text(), seen in any::<Vec<u8>>()) {
        let room = room(1);
        let a = Person::new(&room, 0);
        let what = ToLock {
            room: &room,
            me: &a.me,
            access_key: a.pass.access_key(seat(0)),
            vault_key: &a.pass.vault_key(seat(0)),
            draft: &draft,
            seen: &seen,
        };
        let key = LockKey::from_stretched(&Stretched::from_bytes([1; 32]));
        let locked = key.seal(&what, &mut Counter::new(1));
        let resumed = key.open(room.hash(), seat(0), &locked).unwrap();
        prop_assert_eq!(resumed.draft.as_str(), &draft);
        prop_assert_eq!(&resumed.seen, &seen);
        prop_assert_eq!(resumed.room.hash(), room.hash());
    }

    /// Whatever a relay hands over is refused, and breaks nothing.
    #[test]
    fn no_bytes_open(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let room = room(1);
        let a = Person::new(&room, 0);
        prop_assert!(Peer::open(&room, seat(0), &bytes).is_err());
        prop_assert!(a.pass.vault_key(seat(0)).open(room.hash(), seat(0), &bytes).is_err());
        prop_assert!(LockKey::from_stretched(&Stretched::from_bytes([1; 32])).open(room.hash(), seat(0), &bytes).is_err());
        prop_assert!(Invitation::generate(&mut Counter::new(1)).open(&bytes).is_err());
        let sealed = Sealed { header: bytes.clone(), body: bytes.clone(), key_box: bytes };
        prop_assert!(Incoming::parse(&room, &sealed).is_err());
    }

    /// One flipped bit anywhere in a message as it travels.
    #[test]
    fn no_flipped_bit_opens(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let room = room(1);
        let (a, b) = (Person::new(&room, 0), Person::new(&room, 1));
        let sealed = delivered(&a.write(&room, &[&b], "hello"), seat(1));
        let mut bytes = sotto_protocol::encode(&sealed);
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        if let Ok(altered) = sotto_protocol::decode::<Sealed>(&bytes) {
            prop_assert!(b.read(&room, &a, &altered).is_err());
        }
    }
}
