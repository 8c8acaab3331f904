//! What has to be refused, each entry of `refused.json` for the one reason that it names. The same opening of the
//! untouched value, in the same test, is the control.

use sotto_protocol::{Sealed, hash::card_hash};

use super::{formulas::Vectors, read, seat, unhex};
use crate::{Author, Incoming, Invitation, LockKey, OpenError, Peer, Text};

/// Tries every entry of this kind; returns how many there were.
fn all_refused<T>(what: &str, open: impl Fn(&[u8]) -> Result<T, OpenError>) -> usize {
    let cases = read(include_str!("../../testdata/refused.json"));
    let of_kind: Vec<_> = cases
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["what"] == what)
        .collect();
    for case in &of_kind {
        assert!(
            open(&unhex(&case["bytes"])).is_err(),
            "{what} was opened: {}",
            case["why"]
        );
    }
    of_kind.len()
}

#[test]
fn vaults() {
    let v = Vectors::load();
    let open = |vault: &[u8]| v.pass().vault_key(seat(1)).open(v.room.hash(), seat(1), vault);
    assert!(open(&unhex(&v.json["vault_1"])).is_ok());
    assert_eq!(all_refused("vault", open), 11);
}

#[test]
fn cards() {
    let v = Vectors::load();
    let open = |card: &[u8]| Peer::open(&v.room, seat(1), card);
    assert!(open(&unhex(&v.json["card_1"])).is_ok());
    assert_eq!(all_refused("card", open), 21);
}

#[test]
fn invitations() {
    let v = Vectors::load();
    let invitation = Invitation::parse(v.json["invitation"].as_str().unwrap()).unwrap();
    assert!(invitation.open(&unhex(&v.json["sealed_invitation"])).is_ok());
    assert_eq!(all_refused("invitation", |sealed| invitation.open(sealed)), 7);
}

#[test]
fn locked() {
    let v = Vectors::load();
    let open = |locked: &[u8]| LockKey::from_stretched(&v.passcode).open(v.room.hash(), seat(1), locked);
    assert!(open(&unhex(&v.json["locked"])).is_ok());
    assert_eq!(all_refused("locked", open), 4);
}

#[test]
fn messages() {
    let v = Vectors::load();
    let (me, author) = (v.me(1), v.pair(1, 0));
    let card = card_hash(&unhex(&v.json["card_1"]));
    let open = |bytes: &[u8]| -> Result<Text, OpenError> {
        let sealed: Sealed = sotto_protocol::decode(bytes).unwrap();
        Incoming::parse(&v.room, &sealed)?.open(&v.room, &me, &card, Author::Other(&author))
    };
    assert!(open(&sotto_protocol::encode(&v.sealed(1))).is_ok());
    assert_eq!(all_refused("message", open), 28);
}
