//! Interim.
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub(crate) fn nfkc(text: impl Iterator<Item = char>) -> Zeroizing<Vec<char>> {
    Zeroizing::new(text.nfkc().collect())
}
pub(crate) fn is_refused(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
}
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
pub(crate) fn lower(c: char) -> char {
    if c == 'ς' {
        'σ'
    } else {
        c.to_lowercase().next().unwrap_or(c)
    }
}
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace()
}
pub(crate) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}')
}
pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
