//! Reading rooms.

use sotto_protocol::{Seat, SeatMap};
use sqlx::{Row as _, SqliteConnection};

use super::super::StoreError;
use super::super::record::{Holding, Ledger, Table};
use super::{integer, number};
use crate::pepper::Pepper;
use crate::room::{AccessHash, Held, InvitationKey, Invite, Keyhole, Message, RoomKey, RoomState, TokenHash};

/// What a stranger's attempt is compared with: one query that gives eight rows whatever there is, and nothing opened.
pub(super) async fn keyhole(
    connection: &mut SqliteConnection,
    room: &RoomKey,
    now: u64,
) -> Result<Keyhole, StoreError> {
    let rows = sqlx::query(
        "WITH place (seat) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7)) \
         SELECT place.seat, room.room, seat.access, invite.token FROM place \
         LEFT JOIN room ON room.room = ?1 AND room.expires_at > ?2 \
         LEFT JOIN seat ON seat.room = ?1 AND seat.seat = place.seat \
         LEFT JOIN invite ON invite.room = ?1 AND invite.seat = place.seat AND invite.lapses_at > ?2",
    )
    .bind(room.as_bytes().as_slice())
    .bind(integer(now))
    .fetch_all(connection)
    .await?;
    let mut keyhole = Keyhole::absent();
    for row in &rows {
        let present: Option<&[u8]> = row.try_get(1)?;
        let access: Option<&[u8]> = row.try_get(2)?;
        let token: Option<&[u8]> = row.try_get(3)?;
        keyhole.present |= present.is_some();
        if let Some(lock) = keyhole.locks.get_mut(seat(row.try_get(0)?)?.index()) {
            lock.access = access.map(bytes).transpose()?.map(AccessHash::new);
            lock.token = token.map(bytes).transpose()?.map(TokenHash::new);
        }
    }
    Ok(keyhole)
}

/// All of a room.
pub(super) async fn room(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
) -> Result<Option<RoomState>, StoreError> {
    let Some(row) = sqlx::query("SELECT expires_at, turn, sealed FROM room WHERE room = ?")
        .bind(key.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await?
    else {
        return Ok(None);
    };
    let turn = number(row.try_get(1)?)?;
    let ledger: Ledger = Table::Room.open(pepper, key, turn, row.try_get(2)?)?;
    Ok(Some(RoomState {
        size: ledger.size,
        expires_at: number(row.try_get(0)?)?,
        turn,
        last: ledger.last,
        held: held(connection, pepper, key).await?,
        invites: invites(connection, pepper, key).await?,
        traces: ledger.traces,
        message: message(connection, pepper, key).await?,
    }))
}

async fn held(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
) -> Result<SeatMap<Held>, StoreError> {
    let rows = sqlx::query("SELECT seat, access, sealed FROM seat WHERE room = ?")
        .bind(key.as_bytes().as_slice())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let seat = seat(row.try_get(0)?)?;
            let holding: Holding = Table::Seat.open(pepper, key, seat.number().into(), row.try_get(2)?)?;
            let access = AccessHash::new(bytes(row.try_get(1)?)?);
            Ok((
                seat,
                Held {
                    access,
                    token: holding.token,
                    vault: holding.vault,
                    card: holding.card,
                },
            ))
        })
        .collect()
}

async fn invites(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
) -> Result<SeatMap<Invite>, StoreError> {
    let rows = sqlx::query("SELECT seat, token, lapses_at, invitation, sealed FROM invite WHERE room = ?")
        .bind(key.as_bytes().as_slice())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let seat = seat(row.try_get(0)?)?;
            let invitation = match (
                row.try_get::<Option<&[u8]>, _>(3)?,
                row.try_get::<Option<&[u8]>, _>(4)?,
            ) {
                (Some(id), Some(sealed)) => Some((
                    InvitationKey::new(bytes(id)?),
                    Table::Invite.open_bytes(pepper, key, seat.number().into(), sealed)?,
                )),
                _ => None,
            };
            let token = TokenHash::new(bytes(row.try_get(1)?)?);
            Ok((
                seat,
                Invite {
                    token,
                    lapses_at: number(row.try_get(2)?)?,
                    invitation,
                },
            ))
        })
        .collect()
}

async fn message(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: &RoomKey,
) -> Result<Option<Message>, StoreError> {
    let row = sqlx::query("SELECT turn, sealed FROM message WHERE room = ?")
        .bind(key.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
    row.map(|row| Table::Message.open(pepper, key, number(row.try_get(0)?)?, row.try_get(1)?))
        .transpose()
}

/// The sealed invitation with this key.
pub(super) async fn invitation(
    connection: &mut SqliteConnection,
    pepper: &Pepper,
    key: InvitationKey,
    now: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(
        "SELECT invite.room, invite.seat, invite.sealed FROM invite JOIN room USING (room) \
         WHERE invite.invitation = ? AND invite.lapses_at > ? AND room.expires_at > ? \
         ORDER BY invite.room, invite.seat LIMIT 1",
    )
    .bind(key.as_bytes().as_slice())
    .bind(integer(now))
    .bind(integer(now))
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let room = RoomKey::new(bytes(row.try_get(0)?)?);
    let seat = seat(row.try_get(1)?)?;
    // One that was left under an older pepper is not there.
    Ok(Table::Invite
        .open_bytes(pepper, &room, seat.number().into(), row.try_get(2)?)
        .ok())
}

pub(super) fn seat(stored: i64) -> Result<Seat, StoreError> {
    u8::try_from(stored)
        .ok()
        .and_then(Seat::new)
        .ok_or(StoreError::Form)
}

pub(super) fn bytes(stored: &[u8]) -> Result<[u8; 32], StoreError> {
    stored.try_into().map_err(|_| StoreError::Form)
}
