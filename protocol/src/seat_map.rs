//! Values by seat.

use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

use crate::Seat;

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
                .map(|(_, old)| std::mem::replace(old, value)),
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
type Iter<'a, V> = std::iter::Map<std::slice::Iter<'a, (Seat, V)>, fn(&'a (Seat, V)) -> (&'a Seat, &'a V)>;

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
    type IntoIter = std::vec::IntoIter<(Seat, V)>;

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

impl<C, V: Encode<C>> Encode<C> for SeatMap<V> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, context: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.map(self.0.len() as u64)?;
        for (seat, value) in &self.0 {
            seat.encode(e, context)?;
            value.encode(e, context)?;
        }
        Ok(())
    }
}

/// Keys out of order or twice are not noticed here: the value then has another encoding, and [`crate::decode`] refuses.
impl<'b, C, V: Decode<'b, C>> Decode<'b, C> for SeatMap<V> {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, DecodeError> {
        let position = d.position();
        let Some(length) = d.map()? else {
            return Err(DecodeError::message("a map without a length").at(position));
        };
        let mut map = Self::new();
        for _ in 0..length {
            let seat = Seat::decode(d, context)?;
            map.insert(seat, V::decode(d, context)?);
        }
        Ok(map)
    }
}
