//! What is counted. The names are those of the database's rows and of the metrics.

use sotto_protocol::Refusal;

use crate::faults::{self, Fault};

/// Something that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A room was made.
    RoomsCreated,
    /// A room's time was over.
    EndedByTime,
    /// A room was ended by one who was in it.
    EndedByHand,
    /// The last one left a room.
    EndedByVacate,
    /// A message was stored.
    Messages,
    /// A message was stored anew.
    Edits,
    /// A message was deleted by its author.
    Deletes,
    /// A message was read.
    Reads,
    /// A command was refused.
    Refused(Refused),
    /// A connection caused a fault.
    Fault(Fault),
    /// The most connections at one time.
    Peak,
    /// The median of how long a send took, in microseconds.
    SendMedian,
    /// What one send in a hundred took longer than, in microseconds.
    SendTail,
}

/// Why a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is the refusal of that name in the protocol crate"
)]
pub enum Refused {
    Refused,
    Price,
    Conflict,
    NoSeat,
    AlreadyOpen,
    NotAuthor,
    NotYourTurn,
    AlreadyRead,
    Reused,
    Invalid,
    OutOfRange,
    SeatTaken,
    Unavailable,
    TooMany,
    Full,
    WrongWord,
}

/// Those that are added up; the ones after them are not sums.
pub(super) const SUMS: usize = 38;
/// All of them.
pub const KINDS: [(Kind, &str); SUMS + 3] = [
    (Kind::RoomsCreated, "rooms_created"),
    (Kind::EndedByTime, "rooms_ended_expiry"),
    (Kind::EndedByHand, "rooms_ended_hand"),
    (Kind::EndedByVacate, "rooms_ended_vacate"),
    (Kind::Messages, "messages"),
    (Kind::Edits, "edits"),
    (Kind::Deletes, "deletes"),
    (Kind::Reads, "reads"),
    (Kind::Refused(Refused::Refused), "refused_refused"),
    (Kind::Refused(Refused::Price), "refused_price"),
    (Kind::Refused(Refused::Conflict), "refused_conflict"),
    (Kind::Refused(Refused::NoSeat), "refused_no_seat"),
    (Kind::Refused(Refused::AlreadyOpen), "refused_already_open"),
    (Kind::Refused(Refused::NotAuthor), "refused_not_author"),
    (Kind::Refused(Refused::NotYourTurn), "refused_not_your_turn"),
    (Kind::Refused(Refused::AlreadyRead), "refused_already_read"),
    (Kind::Refused(Refused::Reused), "refused_reused"),
    (Kind::Refused(Refused::Invalid), "refused_invalid"),
    (Kind::Refused(Refused::OutOfRange), "refused_out_of_range"),
    (Kind::Refused(Refused::SeatTaken), "refused_seat_taken"),
    (Kind::Refused(Refused::Unavailable), "refused_unavailable"),
    (Kind::Refused(Refused::TooMany), "refused_too_many"),
    (Kind::Refused(Refused::Full), "refused_full"),
    (Kind::Refused(Refused::WrongWord), "refused_wrong_word"),
    (Kind::Fault(Fault::Malformed), "fault_malformed"),
    (Kind::Fault(Fault::Unknown), "fault_unknown"),
    (Kind::Fault(Fault::TooLong), "fault_too_long"),
    (Kind::Fault(Fault::NotBinary), "fault_not_binary"),
    (Kind::Fault(Fault::TooSlow), "fault_too_slow"),
    (Kind::Fault(Fault::TooFast), "fault_too_fast"),
    (Kind::Fault(Fault::Handshake), "fault_handshake"),
    (Kind::Fault(Fault::Panic), "fault_panic"),
    (Kind::Fault(Fault::Unavailable), "fault_unavailable"),
    (Kind::Fault(Fault::Accept), "fault_accept"),
    (Kind::Fault(Fault::Source), "fault_source"),
    (Kind::Fault(Fault::Unopened), "fault_unopened"),
    (Kind::Fault(Fault::Head), "fault_head"),
    (Kind::Fault(Fault::Draining), "fault_draining"),
    (Kind::Peak, "connections_peak"),
    (Kind::SendMedian, "send_median_us"),
    (Kind::SendTail, "send_tail_us"),
];

// A kind of fault that is not in the list would not be counted.
const _: () = assert!(faults::NUMBER == 14);

impl Kind {
    /// Its place in [`KINDS`].
    pub(super) fn place(self) -> Option<usize> {
        KINDS.iter().position(|(kind, _)| *kind == self)
    }

    /// The place of the kind that has this name.
    pub(super) fn named(name: &str) -> Option<usize> {
        KINDS.iter().position(|(_, known)| *known == name)
    }
}

impl From<&Refusal> for Refused {
    fn from(why: &Refusal) -> Self {
        match why {
            Refusal::Refused => Self::Refused,
            Refusal::Price(_) => Self::Price,
            Refusal::Conflict(_) => Self::Conflict,
            Refusal::NoSeat => Self::NoSeat,
            Refusal::AlreadyOpen => Self::AlreadyOpen,
            Refusal::NotAuthor => Self::NotAuthor,
            Refusal::NotYourTurn => Self::NotYourTurn,
            Refusal::AlreadyRead => Self::AlreadyRead,
            Refusal::Reused => Self::Reused,
            Refusal::Invalid => Self::Invalid,
            Refusal::OutOfRange => Self::OutOfRange,
            Refusal::SeatTaken => Self::SeatTaken,
            Refusal::Unavailable => Self::Unavailable,
            Refusal::TooMany => Self::TooMany,
            Refusal::Full => Self::Full,
            Refusal::WrongWord => Self::WrongWord,
        }
    }
}
