//! Every secret of a room and of the people in it, derived from what they typed and from what their browsers sent. The
//! formulas of `docs/crypto.md` are written out here, since the crypto crate shows its keys to nobody.

use anyhow::{Context, Result, anyhow, ensure};
use data_encoding::HEXLOWER;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, PskBundle, single_shot_open};
use sha2::{Digest, Sha256};
use sotto_crypto::{PassSecret, Room, RoomSecret, SeatKeys, normal, normal_passcode, stretch};
use sotto_protocol::{Command, Envelope, Header, Request, Seat, decode, hash};
use sotto_tests::capture::search::Secret;
use sotto_tests::capture::websocket::Frame;
use x25519_dalek::{PublicKey, StaticSecret};

use crate::kdf::{expand, extract, unwrap};

/// The length of X-Wing's encapsulated key, with which a box begins.
const ENCAPSULATED: usize = 1120;

/// What must stay in the browsers, and what has to leave them.
pub(crate) struct Secrets {
    room: Room,
    room_secret: [u8; 32],
    seats: Vec<Owned>,
    pub(crate) kept: Vec<Secret>,
    pub(crate) sent: Vec<Secret>,
    /// How many content keys are among those that are kept.
    pub(crate) messages: usize,
}

/// A seat's own keys.
struct Owned {
    seat: Seat,
    fingerprint: [u8; 32],
    dh: StaticSecret,
    kem: [u8; 32],
    psk_self: [u8; 32],
}

/// A passcode's keys for one seat.
pub(crate) struct Passcode {
    seat: Seat,
    vault_key: [u8; 32],
    /// The same, for the crate that is tested.
    theirs: sotto_crypto::VaultKey,
}

impl Secrets {
    /// What a phrase becomes at a relay with this salt.
    pub(crate) fn of(phrase: &str, salt: &[u8; 16]) -> Result<Self> {
        let stretched = stretch(normal(phrase)?.as_bytes(), salt)?;
        let room = Room::derive(RoomSecret::from_stretched(&stretched));
        let room_secret = extract(b"sotto/1/room", stretched.as_bytes());
        ensure!(
            expand(&room_secret, "hash", &[]) == *room.hash().as_bytes(),
            "the keys derived here are another room's"
        );
        let mut kept = vec![
            Secret::text("phrase", phrase),
            Secret::text("phrase with spaces", &phrase.replace('-', " ")),
            Secret::bytes("stretched phrase", stretched.as_bytes()),
            Secret::bytes("room_secret", &room_secret),
            Secret::bytes("pass_salt", room.pass_salt()),
        ];
        for label in ["card", "invite", "pair", "pass-key"] {
            kept.push(Secret::bytes(label, &expand(&room_secret, label, &[])));
        }
        let sent = vec![Secret::bytes("room hash", room.hash().as_bytes())];
        Ok(Self {
            room,
            room_secret,
            seats: Vec::new(),
            kept,
            sent,
            messages: 0,
        })
    }

    /// Adds what must stay in the browsers as it is.
    pub(crate) fn keep(&mut self, name: &str, texts: &[&str]) {
        self.kept
            .extend(texts.iter().map(|text| Secret::text(name, text)));
    }

    /// Adds what an invitation's link holds and becomes. Only its id is sent.
    pub(crate) fn invitation(&mut self, link: &str) -> Result<()> {
        let (_, fragment) = link.split_once('#').context("a link has a fragment")?;
        let invitation = HEXLOWER.decode(fragment.as_bytes())?;
        let ik = extract(b"sotto/1/invitation", &invitation);
        self.kept.extend([
            Secret::bytes("invitation", &invitation),
            Secret::bytes("ik", &ik),
            Secret::bytes("key that seals the invitation", &expand(&ik, "seal", &[])),
        ]);
        let id = expand(&ik, "id", &[]);
        self.sent.push(Secret::bytes("invitation_id", &id));
        Ok(())
    }

    /// Adds what a seat's passcode becomes. Only its access key is sent.
    pub(crate) fn passcode(&mut self, seat: u8, passcode: &str) -> Result<Passcode> {
        let stretched = stretch(normal_passcode(passcode)?.as_bytes(), self.room.pass_salt())?;
        let pass_key = expand(&self.room_secret, "pass-key", &[]);
        let pass_secret = extract(&pass_key, stretched.as_bytes());
        let access_key = expand(&pass_secret, "access", &[seat]);
        let vault_key = expand(&pass_secret, "vault", &[seat]);
        let lock_key = expand(&extract(b"sotto/1/lock", stretched.as_bytes()), "lock", &[]);
        self.keep("passcode", &[passcode]);
        self.kept.extend([
            Secret::bytes("stretched passcode", stretched.as_bytes()),
            Secret::bytes("pass_secret", &pass_secret),
            Secret::bytes("vault_key", &vault_key),
            Secret::bytes("lock_key", &lock_key),
        ]);
        self.sent.push(Secret::bytes("access key", &access_key));
        let seat = Seat::new(seat).context("a seat")?;
        let theirs = PassSecret::from_stretched(&self.room, &stretched).vault_key(seat);
        Ok(Passcode {
            seat,
            vault_key,
            theirs,
        })
    }

    /// Adds the keys in the vaults and boxes that were sent, which these passcodes open.
    pub(crate) fn add_sent(&mut self, frames: &[Frame], passcodes: &[Passcode]) -> Result<()> {
        let commands = || {
            let requests = frames.iter().filter_map(|frame| match frame {
                Frame::Binary(bytes) => decode::<Request>(bytes).ok(),
                _ => None,
            });
            requests.map(|request| request.command)
        };
        for command in commands() {
            let (seat, vault) = match command {
                Command::Create(create) => (Seat::new(0).context("a seat")?, create.take.vault),
                Command::Claim { seat, take, .. } => (seat, take.vault),
                _ => continue,
            };
            let passcode = passcodes.iter().find(|passcode| passcode.seat == seat);
            self.seat(passcode.context("a seat of nobody's")?, &vault)?;
        }
        for command in commands() {
            if let Command::Send { envelope, .. } | Command::Edit { envelope, .. } = command {
                self.message(&envelope)?;
            }
        }
        Ok(())
    }

    /// Adds a seat's keys, and those that it shares with the seats before it.
    fn seat(&mut self, passcode: &Passcode, vault: &[u8]) -> Result<()> {
        let Self {
            room, room_secret, ..
        } = self;
        let place = [room.hash().as_bytes().as_slice(), &[passcode.seat.number()]].concat();
        let seed = unwrap(&passcode.vault_key, "vault", &place, vault)?;
        let seed = seed.as_slice().try_into().context("a seed of 32 bytes")?;
        let opened = passcode.theirs.open(room.hash(), passcode.seat, vault)?;
        let keys = SeatKeys::derive(room, passcode.seat, opened);
        let pair_salt = expand(room_secret, "pair", &[]);
        let dh = expand(seed, "x25519", &[]);
        let shared = expand(seed, "self", &[]);
        let fingerprint = *keys.fingerprint().as_bytes();
        let own = Owned {
            seat: passcode.seat,
            fingerprint,
            dh: StaticSecret::from(dh),
            kem: expand(seed, "x-wing", &[]),
            psk_self: expand(
                &extract(&pair_salt, &shared),
                "box",
                &[fingerprint, fingerprint].concat(),
            ),
        };
        self.kept.extend([
            Secret::bytes("seat_seed", seed),
            Secret::bytes("X25519 key", &dh),
            Secret::bytes("X-Wing key", &own.kem),
            Secret::bytes("secret shared with oneself", &shared),
            Secret::bytes("psk to oneself", &own.psk_self),
        ]);
        for other in &self.seats {
            let shared = own.dh.diffie_hellman(&PublicKey::from(&other.dh));
            let pair = extract(&pair_salt, shared.as_bytes());
            self.kept.push(Secret::bytes("X25519 result", shared.as_bytes()));
            self.kept.push(Secret::bytes("pair", &pair));
            for (from, to) in [(&own, other), (other, &own)] {
                let ends = [from.fingerprint, to.fingerprint].concat();
                self.kept.push(Secret::bytes("psk", &expand(&pair, "box", &ends)));
                self.kept
                    .push(Secret::bytes("proof_key", &expand(&pair, "proof", &ends)));
            }
        }
        self.seats.push(own);
        Ok(())
    }

    /// Adds the key that a message was sealed with: its author's own box holds it.
    fn message(&mut self, envelope: &Envelope) -> Result<()> {
        let header: Header = decode(&envelope.header)?;
        let place = header.seats.iter().position(|(seat, _)| *seat == header.seat);
        let own_box = place
            .and_then(|place| envelope.boxes.get(place))
            .context("no box of one's own")?;
        let author = self.seats.iter().find(|owned| owned.seat == header.seat);
        let author = author.context("a message of nobody's")?;
        let message = hash::message_hash(self.room.hash(), &envelope.header, &envelope.body);
        let info = [
            b"sotto/1/box\0",
            message.as_bytes().as_slice(),
            &author.fingerprint,
        ]
        .concat();
        let (encapsulated, sealed) = own_box
            .split_at_checked(ENCAPSULATED)
            .context("a box of another length")?;
        let failed = |error| anyhow!("a box does not open: {error}");
        let psk = PskBundle::new(&author.psk_self, b"sotto/1/box").map_err(failed)?;
        let content_key = single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Psk(psk),
            &<XWing as Kem>::PrivateKey::from_bytes(&author.kem).map_err(failed)?,
            &<XWing as Kem>::EncappedKey::from_bytes(encapsulated).map_err(failed)?,
            &info,
            sealed,
            &[],
        );
        let content_key = content_key.map_err(failed)?;
        let commit = Sha256::digest([b"sotto/1/commit\0", content_key.as_slice()].concat());
        ensure!(
            *header.commit.as_bytes() == commit[..],
            "a commitment to another key"
        );
        self.kept.push(Secret::bytes("content_key", &content_key));
        self.messages += 1;
        Ok(())
    }
}
