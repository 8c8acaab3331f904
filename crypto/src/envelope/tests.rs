//! What one reader of a message, who rightly has its content key, could do to another; and two texts under one key.

use sotto_protocol::{Commit, MessageHash, Sealed, hash::message_hash};

use super::{Author, Incoming, body_aad, open::open_body, seal::seal_body};
use crate::{
    boxes,
    kdf::hash,
    labels::{self, KEY_LEN},
    padding::{pad, unpad, unpad_body},
    vectors::{Replay, Vectors, unhex},
};

/// The content key of the vectors' message, as seat 2 gets it.
fn content_key(v: &Vectors) -> zeroize::Zeroizing<[u8; KEY_LEN]> {
    let (me, sealed) = (v.me(2), v.sealed(2));
    let hash = message_hash(v.room.hash(), &sealed.header, &sealed.body);
    boxes::open(
        &me.kem,
        me.fingerprint(),
        &v.pair(2, 0).psk_from,
        &hash,
        &sealed.key_box,
    )
    .unwrap()
}

fn seat_one_opens(v: &Vectors, sealed: &Sealed) -> bool {
    let card = sotto_protocol::hash::card_hash(&unhex(&v.json["card_1"]));
    Incoming::parse(&v.room, sealed)
        .and_then(|incoming| incoming.open(&v.room, &v.me(1), &card, Author::Other(&v.pair(1, 0))))
        .is_ok()
}

/// `message_hash` in a box's info is all that stops this: commitment, body and boxes are each well made.
#[test]
fn a_reader_who_makes_a_body_anew_is_not_believed() {
    let v = Vectors::load();
    let key = content_key(&v);
    let mut sealed = v.sealed(1);
    assert!(seat_one_opens(&v, &sealed));
    let aad = body_aad(v.room.hash(), &sealed.header);
    sealed.body = seal_body(&key, &aad, &mut pad(b"I take it all back").unwrap()).unwrap();
    // The body is good: under the message's own key and header.
    assert_eq!(
        unpad(&open_body(&key, &aad, &sealed.body).unwrap()).unwrap(),
        b"I take it all back"
    );
    assert!(!seat_one_opens(&v, &sealed));
}

/// The same with a header of the reader's making.
#[test]
fn a_reader_who_makes_a_header_anew_is_not_believed() {
    let v = Vectors::load();
    let key = content_key(&v);
    let mut sealed = v.sealed(1);
    let mut header = Incoming::parse(&v.room, &sealed).unwrap().header().clone();
    header.prev = MessageHash::NONE;
    sealed.header = header.encode();
    let aad = body_aad(v.room.hash(), &sealed.header);
    sealed.body = seal_body(&key, &aad, &mut pad(b"hello").unwrap()).unwrap();
    assert!(!seat_one_opens(&v, &sealed));
}

/// `commit`: an author who seals one reader another key than the one that the header commits to is found out, although
/// box, body and header fit each other.
#[test]
fn two_readers_cannot_be_given_two_keys() {
    let v = Vectors::load();
    let other_key = [9; KEY_LEN];
    let mut header = Incoming::parse(&v.room, &v.sealed(1)).unwrap().header().clone();
    let mut made = |commit| {
        header.commit = Commit::new(commit);
        let header = header.encode();
        let aad = body_aad(v.room.hash(), &header);
        let body = seal_body(&other_key, &aad, &mut pad(b"to you alone").unwrap()).unwrap();
        let hash = message_hash(v.room.hash(), &header, &body);
        let (pair, one) = (v.pair(0, 1), v.me(1));
        let mut rng = Replay::new([&v.json["encapsulation_1"]]);
        let key_box = boxes::seal(
            &one.public.kem,
            one.fingerprint(),
            &pair.psk_to,
            &hash,
            &other_key,
            &mut rng,
        )
        .unwrap();
        Sealed {
            header,
            body,
            key_box,
        }
    };
    assert!(seat_one_opens(&v, &made(hash(labels::COMMIT, &[&other_key]))));
    assert!(!seat_one_opens(
        &v,
        &made(hash(labels::COMMIT, &[&*content_key(&v)]))
    ));
}

#[test]
fn padding_comes_off_only_where_it_was_put_on() {
    for length in [0, 1, 254, 255, 256, 1022, 1023, 1024, 4095, 4096, 16382, 16383] {
        let text = vec![0x80; length];
        assert_eq!(unpad_body(&pad(&text).unwrap()).unwrap(), text, "{length}");
    }
    assert!(pad(&[0; 16384]).is_none());
    for wrong in [
        vec![],
        vec![0; 256],
        vec![1; 256],
        [vec![0x80], vec![0; 254]].concat(),
        vec![0x80; 257],
    ] {
        assert!(unpad_body(&wrong).is_err());
    }
}
