//! Values by seat.

use alloc::vec::Vec;

use crate::Seat;
use crate::codec::{Buffer, Decode, DecodeError, Encode, Major, Reader, encode_head};

/// At most one value for each seat, in the order of the seats.
///
/// A sorted list: there are at most eight entries, and a tree for each kind of value would be a good part of what the
/// page loads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SeatMap<V>(Vec<(Seat, V)>);

impl<V> SeatMap<V> {
    /// No value.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    fn place(&self, seat: Seat) -> Result<usize, usize> {
        self.0.binary_search_by_key(&seat, |(seat, _)| *seat)
    }

    /// The seat's value.
    pub fn get(&self, seat: &Seat) -> Option<&V> {
        let place = self.place(*seat).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// The seat's value, to change.
    pub fn get_mut(&mut self, seat: &Seat) -> Option<&mut V> {
        let place = self.place(*seat).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// Whether the seat has a value.
    pub fn contains_key(&self, seat: &Seat) -> bool {
        self.place(*seat).is_ok()
    }

    /// Gives the seat a value, and returns the one that it had.
    pub fn insert(&mut self, seat: Seat, value: V) -> Option<V> {
        match self.place(seat) {
            Ok(place) => self
                .0
                .get_mut(place)
                .map(|(_, old)| core::mem::replace(old, value)),
            Err(place) => {
                self.0.insert(place, (seat, value));
                None
            }
        }
    }

    /// Takes the seat's value away.
    pub fn remove(&mut self, seat: &Seat) -> Option<V> {
        let place = self.place(*seat).ok()?;
        Some(self.0.remove(place).1)
    }

    /// Keeps the values for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&Seat, &mut V) -> bool) {
        self.0.retain_mut(|(seat, value)| keep(seat, value));
    }

    /// Takes all values away.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many seats have a value.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no seat has a value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The seats that have a value.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Seat> {
        self.0.iter().map(|(seat, _)| seat)
    }

    /// The values.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, to change.
    pub fn values_mut(&mut self) -> impl ExactSizeIterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Seats and values.
    pub fn iter(&self) -> Iter<'_, V> {
        self.into_iter()
    }
}

/// Seats and values, as a loop takes them.
type Iter<'a, V> = core::iter::Map<core::slice::Iter<'a, (Seat, V)>, fn(&'a (Seat, V)) -> (&'a Seat, &'a V)>;

impl<V> Default for SeatMap<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> FromIterator<(Seat, V)> for SeatMap<V> {
    fn from_iter<I: IntoIterator<Item = (Seat, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<V> Extend<(Seat, V)> for SeatMap<V> {
    fn extend<I: IntoIterator<Item = (Seat, V)>>(&mut self, entries: I) {
        for (seat, value) in entries {
            self.insert(seat, value);
        }
    }
}

impl<V, const N: usize> From<[(Seat, V); N]> for SeatMap<V> {
    fn from(entries: [(Seat, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<V> IntoIterator for SeatMap<V> {
    type Item = (Seat, V);
    type IntoIter = alloc::vec::IntoIter<(Seat, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, V> IntoIterator for &'a SeatMap<V> {
    type Item = (&'a Seat, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(seat, value)| (seat, value))
    }
}

impl<V: Encode> Encode for SeatMap<V> {
    fn encode(&self, out: &mut Buffer) {
        encode_head(Major::Map, self.0.len() as u64, out);
        for (seat, value) in &self.0 {
            seat.encode(out);
            value.encode(out);
        }
    }
}

impl<'b, V: Decode<'b>> Decode<'b> for SeatMap<V> {
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError> {
        let count = from.head(Major::Map)?;
        let mut entries: Vec<(Seat, V)> = Vec::new();
        for _ in 0..count {
            let seat = Seat::decode(from)?;
            if entries.last().is_some_and(|(before, _)| *before >= seat) {
                return Err(DecodeError::NotDeterministic);
            }
            entries.push((seat, V::decode(from)?));
        }
        Ok(Self(entries))
    }
}
