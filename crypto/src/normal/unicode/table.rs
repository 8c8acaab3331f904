//! Reading tables: numbers of seven bits a byte, the lowest first; the eighth bit says that more follow.

use alloc::{boxed::Box, vec::Vec};

use once_cell::race::OnceBox;

/// What a table holds, read out of it when it is first asked for. Two threads that ask at once both read; one is kept.
pub(super) struct Unpacked<T> {
    read: OnceBox<T>,
    unpack: fn() -> T,
}

impl<T> Unpacked<T> {
    pub(super) const fn new(unpack: fn() -> T) -> Self {
        Self {
            read: OnceBox::new(),
            unpack,
        }
    }
}

impl<T> core::ops::Deref for Unpacked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.read.get_or_init(|| Box::new((self.unpack)()))
    }
}

/// The rest of a table.
pub(super) struct Table(&'static [u8]);

impl Table {
    pub(super) const fn new(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// The next number; none at the table's end.
    pub(super) fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }

    /// The next number with a sign, which is its lowest bit.
    pub(super) fn signed(&mut self) -> Option<i32> {
        let number = self.number()?;
        let magnitude = (number >> 1).cast_signed();
        Some(if number & 1 == 0 { magnitude } else { -magnitude })
    }
}

/// A set of characters, as the places where it begins and ends by turns.
pub(super) struct Runs(Vec<u32>);

impl Runs {
    /// Entries: the lengths of runs outside, inside, outside, ..
    pub(super) fn unpack(bytes: &'static [u8]) -> Self {
        let mut table = Table::new(bytes);
        let mut end = 0;
        let ends = core::iter::from_fn(|| {
            end += table.number()?;
            Some(end)
        });
        Self(ends.collect())
    }

    pub(super) fn contain(&self, c: char) -> bool {
        self.0.partition_point(|end| *end <= u32::from(c)) % 2 == 1
    }
}
