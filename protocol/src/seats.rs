//! Seats, and sets of them.

use crate::codec::{Buffer, Decode, DecodeError, Encode, Reader};
use crate::limits;

/// One person's place in a room, numbered from 0 to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seat(u8);

impl Seat {
    /// The seat of whoever creates a room.
    pub const FIRST: Self = Self(0);

    /// The seat with this number, if there is one.
    pub const fn new(number: u8) -> Option<Self> {
        if number < limits::SEATS {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The seat's number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The seat's number, for indexing a table of [`limits::SEATS`] entries.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Every possible seat, in order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..limits::SEATS).map(Self)
    }
}

impl Encode for Seat {
    fn encode(&self, out: &mut Buffer) {
        self.0.encode(out);
    }
}

impl Decode<'_> for Seat {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::new(u8::decode(from)?).ok_or(DecodeError::Malformed)
    }
}

/// A set of seats: bit n stands for seat n.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Seats(u8);

impl Seats {
    /// No seat.
    pub const NONE: Self = Self(0);

    /// The set with these bits.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The set's bits.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the seat is in the set.
    pub const fn contains(self, seat: Seat) -> bool {
        self.0 & (1 << seat.0) != 0
    }

    /// The set and this seat.
    #[must_use]
    pub const fn with(self, seat: Seat) -> Self {
        Self(self.0 | (1 << seat.0))
    }

    /// The set but for this seat.
    #[must_use]
    pub const fn without(self, seat: Seat) -> Self {
        Self(self.0 & !(1 << seat.0))
    }

    /// Whether no seat is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many seats are in the set.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The seats of the set, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Seat> {
        Seat::all().filter(move |seat| self.contains(*seat))
    }
}

impl FromIterator<Seat> for Seats {
    fn from_iter<I: IntoIterator<Item = Seat>>(seats: I) -> Self {
        seats.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Encode for Seats {
    fn encode(&self, out: &mut Buffer) {
        self.0.encode(out);
    }
}

impl Decode<'_> for Seats {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        u8::decode(from).map(Self)
    }
}
