//! What normalisation asks of Unicode, from tables of our own, so that a phrase means the same whichever compiler built
//! the page. `docs/decisions/unicode-tables.md` says why and what they weigh.
//!
//! The committed tables are made by `normal/tests/make.rs`; `normal/tests/right.rs` shows that they are right.

mod compose;
mod table;

use alloc::vec::Vec;

use table::{Runs, Table, Unpacked};

#[cfg(test)]
pub(crate) use compose::EXPANSION;
pub(crate) use compose::nfkc;

/// The version of Unicode that the tables hold.
#[cfg(test)]
pub(crate) const VERSION: &str = "18.0.0";

static REFUSED: Unpacked<Runs> = Unpacked::new(|| Runs::unpack(include_bytes!("tables/refused.bin")));
static IGNORABLE: Unpacked<Runs> = Unpacked::new(|| Runs::unpack(include_bytes!("tables/ignorable.bin")));
static SPACE: Unpacked<Runs> = Unpacked::new(|| Runs::unpack(include_bytes!("tables/space.bin")));
static DASH: Unpacked<Runs> = Unpacked::new(|| Runs::unpack(include_bytes!("tables/dash.bin")));
static LOWER: Unpacked<Vec<Lower>> = Unpacked::new(|| Lower::unpack(include_bytes!("tables/lower.bin")));

/// Unassigned, private use, or a control character that is not white space.
pub(crate) fn is_refused(c: char) -> bool {
    REFUSED.contain(c)
}

/// `Default_Ignorable_Code_Point`: nothing shows on a screen.
pub(crate) fn is_ignorable(c: char) -> bool {
    IGNORABLE.contain(c)
}

/// `White_Space`.
pub(crate) fn is_space(c: char) -> bool {
    SPACE.contain(c)
}

/// `Dash`.
pub(crate) fn is_dash(c: char) -> bool {
    DASH.contain(c)
}

/// White space that is more than a space: it breaks a line or a column.
pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `Simple_Lowercase_Mapping`, one letter for one, and final sigma as sigma.
pub(crate) fn lower(c: char) -> char {
    if c == 'ς' {
        return 'σ';
    }
    let n = u32::from(c);
    let after = LOWER.partition_point(|letters| letters.start <= n);
    after
        .checked_sub(1)
        .and_then(|index| LOWER.get(index))
        .filter(|letters| letters.contain(n))
        .and_then(|letters| char::from_u32(n.wrapping_add_signed(letters.add)))
        .unwrap_or(c)
}

/// Every `step`-th character of `count` from `start` has its lower case `add` further on.
struct Lower {
    start: u32,
    count: u32,
    step: u32,
    add: i32,
}

impl Lower {
    /// Entries: start (from the last end), count, step, add.
    fn unpack(bytes: &'static [u8]) -> Vec<Self> {
        let mut table = Table::new(bytes);
        let mut end = 0;
        let mut next = || {
            let start = end + table.number()?;
            let (count, step, add) = (table.number()?, table.number()?, table.signed()?);
            end = start + count.saturating_sub(1) * step;
            Some(Self {
                start,
                count,
                step,
                add,
            })
        };
        core::iter::from_fn(&mut next).collect()
    }

    fn contain(&self, n: u32) -> bool {
        let offset = n - self.start;
        offset < self.count * self.step && offset.is_multiple_of(self.step)
    }
}
