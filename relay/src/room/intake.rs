//! From a command as it came to an input of the machine: forms checked, keys and tokens hashed. Behind this,
//! neither machine nor database sees a room hash, an access key or a token.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use sotto_protocol::{
    AccessKey, Attempt, Command, CommandKind, Encode as _, Envelope, Invitation, Proofs, Refusal, RoomHash,
    Seat, Seats, TakeSeat, encode, hash, limits,
};

use super::{AccessHash, Digest, Input, Invited, RoomKey, SeatCommand, Take, Written};
use crate::pepper::Pepper;

/// The input that a command is.
///
/// `seat` is the seat that the connection has opened and the key that it proved, with the room that it is in; a
/// command that needs one and has none is refused with `no_seat`, one that takes a seat and has one with
/// `already_open`. Puzzles and tickets are checked before. `puzzle`, `invitation` and hints are no matter of a room's
/// state and are refused as invalid here.
pub fn intake(
    pepper: &Pepper,
    room: &RoomHash,
    key: &RoomKey,
    seat: Option<(Seat, AccessHash)>,
    command: Command,
) -> Result<Input, Refusal> {
    let enters = matches!(
        command,
        Command::Create(_) | Command::Claim { .. } | Command::Open { .. }
    );
    match seat {
        Some(_) if enters => Err(Refusal::AlreadyOpen),
        None if enters => stranger(pepper, key, command),
        None => Err(Refusal::NoSeat),
        Some((seat, access)) => {
            let (digest, command) = by_seat(pepper, room, key, seat, command)?;
            Ok(Input::By {
                seat,
                access,
                digest,
                command,
            })
        }
    }
}

/// What a retry is known by: a hash of the command.
fn digest(command: &Command) -> Digest {
    Digest::new(Sha256::digest(encode(command)).into())
}

/// Of a command that brings a message: the message's own hash stands for header and body, which are long.
fn digest_of_message(kind: CommandKind, written: &Written, read: Option<&Proofs>) -> Digest {
    // No other command's bytes begin with a number: a command is an array.
    let mut rest = vec![kind as u8];
    (written.hash, &written.envelope.boxes).encode(&mut rest);
    (written.without, read).encode(&mut rest);
    Digest::new(Sha256::digest(rest).into())
}

fn stranger(pepper: &Pepper, key: &RoomKey, command: Command) -> Result<Input, Refusal> {
    match command {
        Command::Create(create) => {
            if !(limits::SEATS_AT_LEAST..=limits::SEATS).contains(&create.size) {
                return Err(Refusal::Invalid);
            }
            let take = take(pepper, key, Seat::FIRST, create.take)?;
            Ok(Input::Create {
                size: create.size,
                lifetime: create.lifetime,
                take,
            })
        }
        Command::Claim {
            seat,
            token,
            take: taken,
            ..
        } => Ok(Input::Claim {
            seat,
            token: pepper.token_hash(key, seat, &token),
            take: take(pepper, key, seat, taken)?,
        }),
        Command::Open {
            attempt: Attempt::Puzzle(_),
            keys,
            ..
        } => {
            let keys: [AccessKey; limits::SEATS as usize] = keys.try_into().map_err(|_| Refusal::Invalid)?;
            let mut hashes = [AccessHash::new([0; 32]); limits::SEATS as usize];
            for ((seat, key_shown), hash) in Seat::all().zip(&keys).zip(&mut hashes) {
                *hash = pepper.access_hash(key, seat, key_shown);
            }
            Ok(Input::Open { keys: hashes })
        }
        Command::Open {
            attempt: Attempt::Ticket { seat, .. },
            keys,
            ..
        } => {
            let [shown]: [AccessKey; 1] = keys.try_into().map_err(|_| Refusal::Invalid)?;
            Ok(Input::Reopen {
                seat,
                key: pepper.access_hash(key, seat, &shown),
            })
        }
        _ => Err(Refusal::Invalid),
    }
}

/// The command, and what a retry of it is known by.
fn by_seat(
    pepper: &Pepper,
    room: &RoomHash,
    key: &RoomKey,
    seat: Seat,
    command: Command,
) -> Result<(Digest, SeatCommand), Refusal> {
    let kind = command.kind();
    Ok(match command {
        Command::Send {
            envelope,
            without,
            read,
        } => {
            let written = Box::new(written(room, envelope, without)?);
            let digest = digest_of_message(kind, &written, read.as_ref());
            (digest, SeatCommand::Send { written, read })
        }
        Command::Edit { envelope, without } => {
            let written = Box::new(written(room, envelope, without)?);
            let digest = digest_of_message(kind, &written, None);
            (digest, SeatCommand::Edit { written })
        }
        other => (digest(&other), without_message(pepper, key, seat, other)?),
    })
}

fn without_message(
    pepper: &Pepper,
    key: &RoomKey,
    seat: Seat,
    command: Command,
) -> Result<SeatCommand, Refusal> {
    Ok(match command {
        Command::Delete { message, proofs } => SeatCommand::Delete { message, proofs },
        Command::Read { message, proofs } => SeatCommand::Read { message, proofs },
        Command::Invite {
            seat: free,
            token,
            invitation,
        } => {
            let invited = match (token, invitation) {
                (None, None) => None,
                (None, Some(_)) => return Err(Refusal::Invalid),
                (Some(token), invitation) => Some(Invited {
                    token: pepper.token_hash(key, free, &token),
                    invitation: invitation
                        .map(|left| sealed_invitation(pepper, left))
                        .transpose()?,
                }),
            };
            SeatCommand::Invite { seat: free, invited }
        }
        Command::Passcode {
            present,
            access_key,
            vault,
        } => SeatCommand::Passcode {
            present: pepper.access_hash(key, seat, &present),
            access: pepper.access_hash(key, seat, &access_key),
            vault: of_length(vault, limits::VAULT)?,
        },
        Command::Extend { expires_at } => SeatCommand::Extend { expires_at },
        Command::Expire { proofs } => SeatCommand::Expire { proofs },
        Command::Vacate { proofs } => SeatCommand::Vacate { proofs },
        Command::Puzzle(_)
        | Command::Create(_)
        | Command::Claim { .. }
        | Command::Open { .. }
        | Command::Invitation { .. }
        | Command::Send { .. }
        | Command::Edit { .. }
        | Command::Typing
        | Command::Habits(_) => return Err(Refusal::Invalid),
    })
}

fn take(pepper: &Pepper, key: &RoomKey, seat: Seat, take: TakeSeat) -> Result<Take, Refusal> {
    Ok(Take {
        access: pepper.access_hash(key, seat, &take.access_key),
        vault: of_length(take.vault, limits::VAULT)?,
        card: of_length(take.card, limits::CARD)?,
    })
}

fn written(room: &RoomHash, envelope: Envelope, without: Seats) -> Result<Written, Refusal> {
    let header = envelope.parse_header().map_err(|_| Refusal::Invalid)?;
    let hash = hash::message_hash(room, &envelope.header, &envelope.body);
    Ok(Written {
        header,
        hash,
        envelope: Arc::new(envelope),
        without,
    })
}

fn sealed_invitation(
    pepper: &Pepper,
    invitation: Invitation,
) -> Result<(super::InvitationKey, Vec<u8>), Refusal> {
    let sealed = of_length(invitation.sealed, limits::INVITATION)?;
    Ok((pepper.invitation_key(&invitation.id), sealed))
}

fn of_length(bytes: Vec<u8>, length: usize) -> Result<Vec<u8>, Refusal> {
    if bytes.len() == length {
        Ok(bytes)
    } else {
        Err(Refusal::Invalid)
    }
}
