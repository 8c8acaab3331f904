//! NFKC (Unicode Standard Annex 15): decompose, put marks in order, compose.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::table::{Table, Unpacked};

static DECOMPOSITIONS: Unpacked<Decompositions> = Unpacked::new(|| {
    Decompositions::unpack(
        Table::new(include_bytes!("../tables/decomposition-from.bin")),
        Table::new(include_bytes!("../tables/decomposition-count.bin")),
        Table::new(include_bytes!("../tables/decomposition-part.bin")),
    )
});
static COMPOSITIONS: Unpacked<Vec<Composition>> =
    Unpacked::new(|| unpack_compositions(include_bytes!("../tables/composition.bin")));
static CLASSES: Unpacked<Vec<(u32, u32)>> =
    Unpacked::new(|| unpack_classes(include_bytes!("../tables/class.bin")));

/// The most characters that one decomposes into (U+FDFA), and so the room that keeps a buffer from moving and leaving
/// copies of a phrase behind.
pub(crate) const EXPANSION: usize = 18;

/// NFKC of `text`.
pub(crate) fn nfkc(text: &[char]) -> Zeroizing<Vec<char>> {
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() * EXPANSION));
    for c in text {
        decompose(*c, &mut out);
    }
    order(&mut out);
    compose(&mut out);
    out
}

/// Hangul syllables are arithmetic (The Unicode Standard, section 3.12).
mod hangul {
    pub(super) const S: u32 = 0xac00;
    pub(super) const L: u32 = 0x1100;
    pub(super) const V: u32 = 0x1161;
    pub(super) const T: u32 = 0x11a7;
    pub(super) const L_COUNT: u32 = 19;
    pub(super) const V_COUNT: u32 = 21;
    pub(super) const T_COUNT: u32 = 28;
    pub(super) const S_COUNT: u32 = L_COUNT * V_COUNT * T_COUNT;
}

/// Every character that decomposes, in order, and what it decomposes into: completely, so that nothing in it decomposes
/// further.
struct Decompositions {
    /// The character, and where its parts end; they begin where the last one's end.
    ends: Vec<(u32, usize)>,
    parts: Vec<char>,
}

impl Decompositions {
    /// Entries of three tables, which compress better apart: the character (from the last); how many parts; each part
    /// (from the part at the same place before).
    fn unpack(mut from: Table, mut count: Table, mut part: Table) -> Self {
        let mut all = Self {
            ends: Vec::new(),
            parts: Vec::new(),
        };
        let mut c = 0;
        let mut last = [0_u32; EXPANSION];
        while let (Some(step), Some(count)) = (from.number(), count.number()) {
            c += step;
            for (last, _) in last.iter_mut().zip(0..count) {
                *last = last.wrapping_add_signed(part.signed().unwrap_or_default());
                all.parts.extend(char::from_u32(*last));
            }
            all.ends.push((c, all.parts.len()));
        }
        all
    }

    fn get(&self, c: char) -> Option<&[char]> {
        let index = self
            .ends
            .binary_search_by_key(&u32::from(c), |(from, _)| *from)
            .ok()?;
        let (_, end) = self.ends.get(index)?;
        let start = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .map_or(0, |(_, end)| *end);
        self.parts.get(start..*end)
    }
}

fn decompose(c: char, out: &mut Vec<char>) {
    use hangul::{L, S, S_COUNT, T, T_COUNT, V, V_COUNT};
    if let Some(index) = u32::from(c).checked_sub(S).filter(|index| *index < S_COUNT) {
        let trail = index % T_COUNT;
        out.extend(char::from_u32(L + index / (V_COUNT * T_COUNT)));
        out.extend(char::from_u32(V + index / T_COUNT % V_COUNT));
        out.extend((trail != 0).then(|| char::from_u32(T + trail)).flatten());
    } else {
        out.extend_from_slice(DECOMPOSITIONS.get(c).unwrap_or(&[c]));
    }
}

/// Entries: how many characters, their class. Unpacked: where each run ends.
fn unpack_classes(bytes: &'static [u8]) -> Vec<(u32, u32)> {
    let mut table = Table::new(bytes);
    let mut end = 0;
    let runs = core::iter::from_fn(|| {
        end += table.number()?;
        Some((end, table.number()?))
    });
    runs.collect()
}

/// `Canonical_Combining_Class`.
fn class(c: char) -> u32 {
    let index = CLASSES.partition_point(|(end, _)| *end <= u32::from(c));
    CLASSES.get(index).map_or(0, |(_, class)| *class)
}

/// Sorts each run of marks by class, keeping the order of equals. In place, and by insertion, so that no copy is made.
fn order(text: &mut [char]) {
    for end in 1..text.len() {
        let mut i = end;
        while let Some([before, mark]) = i.checked_sub(1).and_then(|start| text.get_mut(start..=i)) {
            let mark_class = class(*mark);
            if mark_class == 0 || class(*before) <= mark_class {
                break;
            }
            core::mem::swap(before, mark);
            i -= 1;
        }
    }
}

/// Composes each character with the last starter before it, unless one between them is in the way.
fn compose(text: &mut Vec<char>) {
    let mut starter = None;
    let mut last_class = 0;
    let mut kept = 0;
    for i in 0..text.len() {
        let Some(c) = text.get(i).copied() else { break };
        let c_class = class(c);
        let blocked = |start: usize| start + 1 != kept && last_class >= c_class;
        let composed = starter
            .filter(|start| !blocked(*start))
            .and_then(|start| Some((start, composite(text.get(start).copied()?, c)?)));
        let (place, c) = composed.unwrap_or_else(|| {
            if c_class == 0 {
                starter = Some(kept);
            }
            last_class = c_class;
            kept += 1;
            (kept - 1, c)
        });
        if let Some(to) = text.get_mut(place) {
            *to = c;
        }
    }
    text.truncate(kept);
}

/// Second and first character, and their primary composite.
type Composition = ((u32, u32), u32);

/// Entries, in order: second (from the last), first (with a sign, from the last), composite (with a sign, from the first).
fn unpack_compositions(bytes: &'static [u8]) -> Vec<Composition> {
    let mut table = Table::new(bytes);
    let (mut second, mut first) = (0, 0_u32);
    let entries = core::iter::from_fn(|| {
        second += table.number()?;
        first = first.wrapping_add_signed(table.signed()?);
        Some(((second, first), first.wrapping_add_signed(table.signed()?)))
    });
    entries.collect()
}

/// The primary composite of two characters.
fn composite(first: char, second: char) -> Option<char> {
    use hangul::{L, L_COUNT, S, S_COUNT, T, T_COUNT, V, V_COUNT};
    let (a, b) = (u32::from(first), u32::from(second));
    let within = |n: u32, base: u32, count: u32| n.checked_sub(base).filter(|index| *index < count);
    if let (Some(lead), Some(vowel)) = (within(a, L, L_COUNT), within(b, V, V_COUNT)) {
        return char::from_u32(S + (lead * V_COUNT + vowel) * T_COUNT);
    }
    if let (Some(index), Some(trail)) = (within(a, S, S_COUNT), within(b, T + 1, T_COUNT - 1)) {
        return if index.is_multiple_of(T_COUNT) {
            char::from_u32(a + trail + 1)
        } else {
            None
        };
    }
    let index = COMPOSITIONS
        .binary_search_by_key(&(b, a), |(parts, _)| *parts)
        .ok()?;
    COMPOSITIONS
        .get(index)
        .and_then(|(_, composite)| char::from_u32(*composite))
}
