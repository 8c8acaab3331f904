//! Every kind of value that travels, made at random.

use proptest::array::{uniform8, uniform16, uniform32};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use sotto_protocol::*;

fn seat() -> impl Strategy<Value = Seat> {
    (0..limits::SEATS).prop_filter_map("no such seat", Seat::new)
}

fn seats() -> impl Strategy<Value = Seats> {
    any::<u8>().prop_map(Seats::from_bits)
}

fn b8<T: From<[u8; 8]> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    uniform8(any::<u8>()).prop_map(T::from)
}

fn b16<T: From<[u8; 16]> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    uniform16(any::<u8>()).prop_map(T::from)
}

fn b32<T: From<[u8; 32]> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    uniform32(any::<u8>()).prop_map(T::from)
}

fn bytes(length: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), length)
}

fn by_seat<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = SeatMap<T>> {
    btree_map(seat(), value, 0..=8).prop_map(|entries| entries.into_iter().collect())
}

fn proofs() -> impl Strategy<Value = Proofs> {
    by_seat(b16())
}

pub(crate) fn header() -> impl Strategy<Value = Header> {
    let fixed = (b16(), 1..u64::MAX, any::<u32>(), seat());
    (fixed, by_seat(b32()), b32(), b32(), b32()).prop_map(
        |((id, turn, rev, seat), mut seats, own, prev, commit)| {
            seats.insert(seat, own);
            Header {
                version: VERSION,
                id,
                turn,
                rev,
                seat,
                seats,
                prev,
                commit,
            }
        },
    )
}

/// A well-formed envelope: the lengths are those that clients make.
pub(crate) fn envelope() -> impl Strategy<Value = Envelope> {
    (header(), prop::sample::select(&limits::PADDED[..2]), any::<u8>()).prop_map(|(header, padded, fill)| {
        Envelope {
            header: header.encode(),
            body: vec![fill; padded + limits::TAG],
            boxes: header.seats.iter().map(|_| vec![fill; limits::BOX]).collect(),
        }
    })
}

fn take() -> impl Strategy<Value = TakeSeat> {
    (b32(), bytes(limits::VAULT), bytes(limits::CARD)).prop_map(|(access_key, vault, card)| TakeSeat {
        access_key,
        vault,
        card,
    })
}

fn attempt() -> impl Strategy<Value = Attempt> {
    prop_oneof![
        b8().prop_map(Attempt::Puzzle),
        (seat(), b32()).prop_map(|(seat, ticket)| Attempt::Ticket { seat, ticket }),
    ]
}

fn invitation() -> impl Strategy<Value = Invitation> {
    (b32(), bytes(limits::INVITATION)).prop_map(|(id, sealed)| Invitation { id, sealed })
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        b32().prop_map(Command::Puzzle),
        (b32(), b8(), any::<u8>(), any::<u32>(), take(), of(b32())).prop_map(
            |(room, solution, size, lifetime, take, word)| {
                Command::Create(Create {
                    room,
                    solution,
                    size,
                    lifetime,
                    take,
                    word,
                })
            }
        ),
        (b32(), b8(), seat(), b32(), take()).prop_map(|(room, solution, seat, token, take)| Command::Claim {
            room,
            solution,
            seat,
            token,
            take
        }),
        (b32(), attempt(), vec(b32(), 0..=8)).prop_map(|(room, attempt, keys)| Command::Open {
            room,
            attempt,
            keys
        }),
        (envelope(), seats(), of(proofs())).prop_map(|(envelope, without, read)| Command::Send {
            envelope,
            without,
            read
        }),
        (envelope(), seats()).prop_map(|(envelope, without)| Command::Edit { envelope, without }),
        (b32(), proofs()).prop_map(|(message, proofs)| Command::Delete { message, proofs }),
        (b32(), proofs()).prop_map(|(message, proofs)| Command::Read { message, proofs }),
        Just(Command::Typing),
        (seat(), of(b32()), of(invitation())).prop_map(|(seat, token, invitation)| Command::Invite {
            seat,
            token,
            invitation
        }),
        (b32(), b8()).prop_map(|(id, solution)| Command::Invitation { id, solution }),
        (b32(), b32(), bytes(limits::VAULT)).prop_map(|(present, access_key, vault)| Command::Passcode {
            present,
            access_key,
            vault
        }),
        any::<u64>().prop_map(|expires_at| Command::Extend { expires_at }),
        proofs().prop_map(|proofs| Command::Expire { proofs }),
        of(proofs()).prop_map(|proofs| Command::Vacate { proofs }),
        habits().prop_map(Command::Habits),
    ]
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    (any::<u32>(), command()).prop_map(|(reference, command)| Request { reference, command })
}

fn puzzle() -> impl Strategy<Value = Puzzle> {
    (b16(), any::<u8>()).prop_map(|(nonce, bits)| Puzzle { nonce, bits })
}

fn sealed() -> impl Strategy<Value = Sealed> {
    (header(), any::<u8>()).prop_map(|(header, fill)| Sealed {
        header: header.encode(),
        body: vec![fill; limits::PADDED[0] + limits::TAG],
        key_box: vec![fill; limits::BOX],
    })
}

fn receipt() -> impl Strategy<Value = Receipt> {
    (b32(), of(b16())).prop_map(|(message, proof)| Receipt { message, proof })
}

fn standing() -> impl Strategy<Value = Standing> {
    (
        any::<u64>(),
        seat(),
        b32(),
        any::<bool>(),
        by_seat(receipt()),
        of(sealed()),
        of(b16()),
    )
        .prop_map(
            |(turn, seat, message, was_read, receipts, sealed, answered)| Standing {
                turn,
                seat,
                message,
                was_read,
                receipts,
                sealed,
                answered,
            },
        )
}

fn stub() -> impl Strategy<Value = Stub> {
    (any::<u64>(), seat(), b32(), of(b16())).prop_map(|(turn, seat, message, proof)| Stub {
        turn,
        seat,
        message,
        proof,
    })
}

fn seat_state() -> impl Strategy<Value = SeatState> {
    prop_oneof![
        Just(SeatState::Free),
        Just(SeatState::Invited),
        bytes(limits::CARD).prop_map(SeatState::Held)
    ]
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let fixed = (any::<u8>(), any::<u64>(), any::<u64>(), b32());
    (fixed, by_seat(seat_state()), seats(), of(standing()), of(stub())).prop_map(
        |((size, expires_at, turn, last), seats, present, standing, stub)| Snapshot {
            size,
            expires_at,
            turn,
            last,
            seats,
            present,
            standing,
            stub,
        },
    )
}

fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        puzzle().prop_map(Refusal::Price),
        snapshot().prop_map(|snapshot| Refusal::Conflict(Box::new(snapshot))),
        prop::sample::select(vec![
            Refusal::Refused,
            Refusal::NoSeat,
            Refusal::AlreadyOpen,
            Refusal::NotAuthor,
            Refusal::NotYourTurn,
            Refusal::AlreadyRead,
            Refusal::Reused,
            Refusal::Invalid,
            Refusal::OutOfRange,
            Refusal::SeatTaken,
            Refusal::Unavailable,
            Refusal::TooMany,
            Refusal::Full,
        ]),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::Done),
        puzzle().prop_map(Answer::Puzzle),
        (seat(), bytes(limits::VAULT), b32(), snapshot()).prop_map(|(seat, vault, ticket, snapshot)| {
            Answer::Opened(Opened {
                seat,
                vault,
                ticket,
                snapshot,
            })
        }),
        by_seat(b32()).prop_map(Answer::Several),
        bytes(limits::INVITATION).prop_map(Answer::Invitation),
        refusal().prop_map(Answer::Refused),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        snapshot().prop_map(Event::Snapshot),
        standing().prop_map(Event::Message),
        standing().prop_map(Event::Edited),
        stub().prop_map(Event::Deleted),
        (seat(), b32(), of(b16())).prop_map(|(seat, message, proof)| Event::Read { seat, message, proof }),
        seat().prop_map(Event::Typing),
        (seat(), seat_state()).prop_map(|(seat, state)| Event::Seat { seat, state }),
        seats().prop_map(Event::Presence),
        (of(seat()), of(b16())).prop_map(|(seat, proof)| Event::Expired { seat, proof }),
        (seat(), habits()).prop_map(|(seat, habits)| Event::Habits { seat, habits }),
    ]
}

fn habits() -> impl Strategy<Value = Habits> {
    (any::<bool>(), any::<bool>()).prop_map(|(receipts, typing)| Habits { receipts, typing })
}

fn welcome() -> impl Strategy<Value = Welcome> {
    (
        any::<u64>(),
        b16(),
        vec(any::<u32>(), 0..5),
        any::<u32>(),
        any::<u32>(),
        any::<bool>(),
    )
        .prop_map(|(time, salt, lifetimes, lifetime, grain, word)| Welcome {
            version: VERSION,
            time,
            salt,
            lifetimes,
            lifetime,
            grain,
            word,
        })
}

pub(crate) fn frame() -> impl Strategy<Value = ServerFrame> {
    prop_oneof![
        1 => welcome().prop_map(ServerFrame::Welcome),
        6 => (any::<u32>(), answer()).prop_map(|(reference, answer)| ServerFrame::Answer { reference, answer }),
        9 => event().prop_map(ServerFrame::Event),
    ]
}
