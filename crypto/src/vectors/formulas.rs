//! Every formula of `docs/crypto.md` against `formulas.json`, which `testdata/make.py` computed with other libraries.

use serde_json::Value;
use sotto_protocol::{Header, MessageHash, MessageId, Sealed, hash::card_hash};

use super::{Replay, array, read, seat, unhex};
use crate::{
    Author, Code, Incoming, Invitation, LockKey, Nickname, Outline, Pair, PassSecret, Peer, ProofKind, Room,
    RoomSecret, SeatKeys, SeatSeed, Stretched, ToLock,
    kdf::expand,
    labels::{self, KEY_LEN},
    normal, normal_passcode, seal_message, stretch,
};

pub(crate) struct Vectors {
    pub(crate) json: Value,
    pub(crate) room: Room,
    pub(crate) passcode: Stretched,
}

impl Vectors {
    pub(crate) fn load() -> Self {
        let json = read(include_str!("../../testdata/formulas.json"));
        let phrase = Stretched::from_bytes(array(&json["phrase_stretched"]));
        let passcode = Stretched::from_bytes(array(&json["passcode_stretched"]));
        Self {
            json,
            room: Room::derive(RoomSecret::from_stretched(&phrase)),
            passcode,
        }
    }

    fn at(&self, name: &str, s: u8) -> &Value {
        &self.json[format!("{name}_{s}")]
    }

    pub(crate) fn pass(&self) -> PassSecret {
        PassSecret::from_stretched(&self.room, &self.passcode)
    }

    pub(crate) fn me(&self, s: u8) -> SeatKeys {
        SeatKeys::derive(&self.room, seat(s), SeatSeed(array(self.at("seat_seed", s))))
    }

    pub(crate) fn pair(&self, i: u8, j: u8) -> Pair {
        let peer = Peer::open(&self.room, seat(j), &unhex(self.at("card", j))).unwrap();
        Pair::derive(&self.room, &self.me(i), peer).unwrap()
    }

    pub(crate) fn sealed(&self, s: u8) -> Sealed {
        Sealed {
            header: unhex(&self.json["header"]),
            body: unhex(&self.json["body"]),
            key_box: unhex(self.at("box", s)),
        }
    }
}

#[test]
fn stretching() {
    let v = Vectors::load();
    let phrase = normal(v.json["phrase"].as_str().unwrap()).unwrap();
    let passcode = normal_passcode(v.json["passcode"].as_str().unwrap()).unwrap();
    let salt = array(&v.json["deployment_salt"]);
    assert_eq!(
        stretch(phrase.as_bytes(), &salt).unwrap().as_bytes(),
        &array(&v.json["phrase_stretched"])
    );
    assert_eq!(
        stretch(passcode.as_bytes(), v.room.pass_salt()).unwrap(),
        v.passcode
    );
}

#[test]
fn room_keys() {
    let v = Vectors::load();
    assert_eq!(v.room.secret().0, array(&v.json["room_secret"]));
    assert_eq!(v.room.hash().as_bytes(), &array(&v.json["room_hash"]));
    assert_eq!(v.room.card_key.0, array(&v.json["card_key"]));
    assert_eq!(v.room.invite_key.0, array(&v.json["invite_key"]));
    assert_eq!(v.room.pair_salt.0, array(&v.json["pair_salt"]));
    assert_eq!(v.room.pass_key.0, array(&v.json["pass_key"]));
    assert_eq!(v.room.pass_salt(), &array(&v.json["pass_salt"]));
}

#[test]
fn passcode_keys() {
    let v = Vectors::load();
    assert_eq!(v.pass().0, array(&v.json["pass_secret"]));
    for s in 0..3 {
        assert_eq!(
            v.pass().access_key(seat(s)).as_bytes(),
            &array(v.at("access_key", s))
        );
        assert_eq!(v.pass().vault_key(seat(s)).0, array(v.at("vault_key", s)));
    }
    assert_eq!(LockKey::from_stretched(&v.passcode).0, array(&v.json["lock_key"]));
}

#[test]
fn seats() {
    let v = Vectors::load();
    for s in 0..3 {
        let me = v.me(s);
        assert_eq!(me.public.dh.as_bytes(), &array(v.at("dh_pk", s)));
        assert_eq!(
            *expand::<KEY_LEN>(&me.seed().0, labels::X_WING, &[]),
            array(v.at("kem", s))
        );
        assert_eq!(
            card_hash(&*me.public.kem_bytes).as_bytes(),
            &array(v.at("kem_pk_sha256", s))
        );
        assert_eq!(me.fingerprint().as_bytes(), &array(v.at("fingerprint", s)));
        assert_eq!(me.psk_self.0, array(&v.json[format!("psk_{s}_{s}")]));
        let words: Vec<u64> = me.fingerprint().safety_words().map(u64::from).to_vec();
        assert_eq!(Value::from(words), *v.at("safety_words", s));
    }
}

#[test]
fn vaults() {
    let v = Vectors::load();
    for s in 0..3 {
        let key = v.pass().vault_key(seat(s));
        let vault = key.seal(
            v.room.hash(),
            seat(s),
            v.me(s).seed(),
            &mut Replay::new([&v.json["nonce"]]),
        );
        assert_eq!(vault, unhex(v.at("vault", s)));
        assert_eq!(
            key.open(v.room.hash(), seat(s), &vault).unwrap(),
            SeatSeed(array(v.at("seat_seed", s)))
        );
    }
}

#[test]
fn cards() {
    let v = Vectors::load();
    for s in 0..3 {
        let nickname = v.at("nickname", s).as_str().unwrap();
        let rng = &mut Replay::new([&v.json["nonce"]]);
        let card = v
            .me(s)
            .seal_card(&v.room, &Nickname::parse(nickname).unwrap(), rng);
        assert_eq!(card, unhex(v.at("card", s)));
        let peer = Peer::open(&v.room, seat(s), &card).unwrap();
        assert_eq!(peer.nickname(), nickname);
        assert_eq!(peer.fingerprint(), v.me(s).fingerprint());
        assert!(peer.is_mine(&v.me(s)));
    }
}

#[test]
fn pairs() {
    let v = Vectors::load();
    for (i, j) in [(0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (2, 1)] {
        let pair = v.pair(i, j);
        assert_eq!(pair.psk_to.0, array(&v.json[format!("psk_{i}_{j}")]));
        assert_eq!(pair.psk_from.0, array(&v.json[format!("psk_{j}_{i}")]));
        assert_eq!(pair.proof_to.0, array(&v.json[format!("proof_key_{i}_{j}")]));
        assert_eq!(pair.proof_from.0, array(&v.json[format!("proof_key_{j}_{i}")]));
    }
}

#[test]
fn proofs() {
    let v = Vectors::load();
    let hash = MessageHash::new(array(&v.json["message_hash"]));
    for (kind, name) in [
        (ProofKind::Read, "read"),
        (ProofKind::Delete, "delete"),
        (ProofKind::Expire, "expire"),
    ] {
        let proof = v.pair(0, 1).prove(kind, &hash);
        assert_eq!(proof.as_bytes(), &array(&v.json[format!("proof_{name}_0_1")]));
        assert!(v.pair(1, 0).verify(kind, &hash, &proof));
    }
}

#[test]
fn codes() {
    let v = Vectors::load();
    let code = Code::generate(seat(1), &mut Replay::new([&v.json["code_drawn"]]));
    assert_eq!(code.encode(), v.json["code"].as_str().unwrap());
    assert_eq!(code.token(&v.room).as_bytes(), &array(&v.json["invite_token"]));
}

#[test]
fn invitations() {
    let v = Vectors::load();
    let invitation = Invitation::generate(&mut Replay::new([&v.json["invitation"]]));
    assert_eq!(invitation.encode(), v.json["invitation"].as_str().unwrap());
    assert_eq!(invitation.id().as_bytes(), &array(&v.json["invitation_id"]));
    let phrase = normal(v.json["phrase"].as_str().unwrap()).unwrap();
    let code = Code::parse(v.json["code"].as_str().unwrap()).unwrap();
    let sealed = invitation.seal(&phrase, &code, &mut Replay::new([&v.json["nonce"]]));
    assert_eq!(sealed, unhex(&v.json["sealed_invitation"]));
}

#[test]
fn locked() {
    let v = Vectors::load();
    let (me, pass) = (v.me(1), v.pass());
    let what = ToLock {
        room: &v.room,
        me: &me,
        access_key: pass.access_key(seat(1)),
        vault_key: &pass.vault_key(seat(1)),
        draft: v.json["draft"].as_str().unwrap(),
        seen: &unhex(&v.json["seen"]),
    };
    let locked = LockKey::from_stretched(&v.passcode).seal(&what, &mut Replay::new([&v.json["nonce"]]));
    assert_eq!(locked, unhex(&v.json["locked"]));
}

#[test]
fn a_message() {
    let v = Vectors::load();
    let prev = MessageHash::new(array(&v.json["prev"]));
    // Revision 2 is the edit of revision 1, which is an edit of what was first sealed.
    let mut before = Header::parse(&unhex(&v.json["header"])).unwrap();
    before.rev = 1;
    assert_eq!(
        (before.id, before.prev),
        (MessageId::new(array(&v.json["message_id"])), prev)
    );
    let outline = Outline::edit_of(&before).unwrap();
    let mut rng = Replay::new([
        &v.json["content_key"],
        v.at("encapsulation", 0),
        v.at("encapsulation", 1),
        v.at("encapsulation", 2),
    ]);
    let (me, card) = (v.me(0), card_hash(&unhex(v.at("card", 0))));
    let pairs = [v.pair(0, 2), v.pair(0, 1)];
    let text = v.json["text"].as_str().unwrap();
    let message = seal_message(&v.room, &me, &card, &pairs, &outline, text, &mut rng).unwrap();
    assert_eq!(message.header.commit.as_bytes(), &array(&v.json["commit"]));
    assert_eq!(message.envelope.header, unhex(&v.json["header"]));
    assert_eq!(message.envelope.body, unhex(&v.json["body"]));
    assert_eq!(message.message_hash.as_bytes(), &array(&v.json["message_hash"]));
    for (s, key_box) in (0..).zip(&message.envelope.boxes) {
        assert_eq!(key_box.as_slice(), unhex(v.at("box", s)), "box {s}");
    }
}

#[test]
fn a_message_opens() {
    let v = Vectors::load();
    for s in 0..3 {
        let sealed = v.sealed(s);
        let incoming = Incoming::parse(&v.room, &sealed).unwrap();
        assert_eq!(
            incoming.message_hash().as_bytes(),
            &array(&v.json["message_hash"])
        );
        let (me, card) = (v.me(s), card_hash(&unhex(v.at("card", s))));
        let pair = (s != 0).then(|| v.pair(s, 0));
        let author = pair.as_ref().map_or(Author::Me, Author::Other);
        let text = incoming.open(&v.room, &me, &card, author).unwrap();
        assert_eq!(text.as_str(), v.json["text"].as_str().unwrap());
    }
}

#[test]
fn an_outline_draws_an_id() {
    let v = Vectors::load();
    let outline = Outline::generate(7, MessageHash::NONE, &mut Replay::new([&v.json["message_id"]]));
    assert_eq!(outline.id, MessageId::new(array(&v.json["message_id"])));
    assert_eq!(
        (outline.turn, outline.rev, outline.prev),
        (7, 0, MessageHash::NONE)
    );
}
