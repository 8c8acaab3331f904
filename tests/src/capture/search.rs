//! Searches of bytes: for a secret in every form that a program would write it in, and for 16-byte runs.

use std::collections::HashSet;
use std::fmt;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXUPPER};
use memchr::memmem;

/// The shortest secret that can be searched for: a shorter one is found by chance.
pub const SHORTEST: usize = 8;

/// How many bytes in a row count as a trace of what they were part of.
pub const RUN: usize = 16;

/// The form in which a secret was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// As it is.
    Raw,
    /// Hexadecimal, lower case.
    HexLower,
    /// Hexadecimal, upper case.
    HexUpper,
    /// Base64; the number is the secret's offset in a group of three bytes.
    Base64(usize),
    /// Base64 with the URL alphabet.
    Base64Url(usize),
    /// As a part of a URL, a space as `%20`.
    Percent,
    /// As a field of a submitted form, a space as `+`.
    Plus,
}

/// Something to look for, under a name that may be shown.
#[derive(Clone)]
pub struct Secret {
    name: String,
    needles: Vec<Needle>,
}

/// One way to write a secret.
#[derive(Clone)]
struct Needle {
    form: Form,
    utf16: bool,
    finder: memmem::Finder<'static>,
}

/// Where a secret was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The secret's name.
    pub secret: String,
    /// The part of the haystack.
    pub place: String,
    /// How it was written.
    pub form: Form,
    /// Whether each character took two bytes.
    pub utf16: bool,
}

impl Secret {
    /// A secret of text.
    ///
    /// # Panics
    /// If it is shorter than [`SHORTEST`].
    pub fn text(name: &str, text: &str) -> Self {
        let mut secret = Self::bytes(name, text.as_bytes());
        secret.add(Form::Percent, percent(text, "%20").as_bytes());
        secret.add(Form::Plus, percent(text, "+").as_bytes());
        secret
    }

    /// A secret of bytes.
    ///
    /// # Panics
    /// If it is shorter than [`SHORTEST`].
    pub fn bytes(name: &str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= SHORTEST, "{name} is too short to search for");
        let mut secret = Self {
            name: name.to_owned(),
            needles: Vec::new(),
        };
        secret.add(Form::Raw, bytes);
        secret.add(Form::HexLower, HEXLOWER.encode(bytes).as_bytes());
        secret.add(Form::HexUpper, HEXUPPER.encode(bytes).as_bytes());
        for offset in 0..3 {
            secret.add(Form::Base64(offset), &base64(&BASE64_NOPAD, bytes, offset));
            secret.add(Form::Base64Url(offset), &base64(&BASE64URL_NOPAD, bytes, offset));
        }
        secret
    }

    /// Adds one way to write the secret and, where that is text, the same in UTF-16LE.
    fn add(&mut self, form: Form, bytes: &[u8]) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            self.needles.push(Needle {
                form,
                utf16: true,
                finder: memmem::Finder::new(&wide).into_owned(),
            });
        }
        self.needles.push(Needle {
            form,
            utf16: false,
            finder: memmem::Finder::new(bytes).into_owned(),
        });
    }

    /// The first form in which the secret is in these bytes, and whether it is there in UTF-16LE.
    pub fn find(&self, bytes: &[u8]) -> Option<(Form, bool)> {
        self.needles
            .iter()
            .find(|needle| needle.finder.find(bytes).is_some())
            .map(|needle| (needle.form, needle.utf16))
    }

    /// The secret as it is: what a control plants.
    pub fn raw(&self) -> &[u8] {
        let raw = self
            .needles
            .iter()
            .find(|needle| needle.form == Form::Raw && !needle.utf16);
        raw.map_or(&[], |needle| needle.finder.needle())
    }

    /// The secret's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secret").field(&self.name).finish()
    }
}

/// What base64 makes of the bytes wherever they stand in a longer string: the characters that depend on nothing else,
/// when `offset` bytes of a group of three come before.
fn base64(encoding: &Encoding, bytes: &[u8], offset: usize) -> Vec<u8> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(bytes);
    let first = (offset * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    let encoded = encoding.encode(&padded).into_bytes();
    encoded.get(first..end).unwrap_or_default().to_vec()
}

/// Percent-encoding of all but the unreserved characters, a space as told.
fn percent(text: &str, space: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            b' ' => space.to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Named byte strings to search in.
#[derive(Clone, Default)]
pub struct Haystack {
    parts: Vec<(String, Vec<u8>)>,
}

impl Haystack {
    /// Adds a part.
    pub fn add(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.parts.push((place.into(), bytes.into()));
    }

    /// Adds all the parts of another one.
    pub fn extend(&mut self, other: Self) {
        self.parts.extend(other.parts);
    }

    /// The parts whose name ends so.
    #[must_use]
    pub fn parts_named(&self, end: &str) -> Self {
        let parts = self.parts.iter().filter(|(place, _)| place.ends_with(end));
        Self {
            parts: parts.cloned().collect(),
        }
    }

    /// How many bytes there are to search in.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// Whether there is nothing to search in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every part that holds the secret.
    pub fn hits(&self, secret: &Secret) -> Vec<Hit> {
        self.parts
            .iter()
            .filter_map(|(place, bytes)| {
                secret.find(bytes).map(|(form, utf16)| Hit {
                    secret: secret.name.clone(),
                    place: place.clone(),
                    form,
                    utf16,
                })
            })
            .collect()
    }

    /// The positive control: fails unless the secret is found.
    ///
    /// # Panics
    /// If it is not.
    pub fn must_hold(&self, control: &Secret) {
        assert!(
            !self.hits(control).is_empty(),
            "control: {} is not in {} bytes of {} parts, so this search finds nothing",
            control.name,
            self.len(),
            self.parts.len(),
        );
    }

    /// Fails if any of the secrets is found.
    ///
    /// # Panics
    /// If one is.
    pub fn must_lack(&self, secrets: &[Secret]) {
        let hits: Vec<Hit> = secrets.iter().flat_map(|secret| self.hits(secret)).collect();
        assert!(hits.is_empty(), "found: {hits:#?}");
    }

    /// How many different runs of these are anywhere in the haystack.
    pub fn runs(&self, runs: &Runs) -> usize {
        let found: HashSet<[u8; RUN]> = self
            .parts
            .iter()
            .flat_map(|(_, bytes)| runs.found_in(bytes))
            .collect();
        found.len()
    }
}

impl fmt::Debug for Haystack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.parts.iter().map(|(place, bytes)| (place, bytes.len())))
            .finish()
    }
}

/// All the [`RUN`]-byte runs of some byte strings.
#[derive(Clone, Default)]
pub struct Runs(HashSet<[u8; RUN]>);

impl Runs {
    /// The runs of one byte string.
    pub fn of(bytes: &[u8]) -> Self {
        Self(windows(bytes).collect())
    }

    /// Adds the runs of another byte string.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.extend(windows(bytes));
    }

    /// Those of the runs that occur in these bytes.
    pub fn found_in(&self, bytes: &[u8]) -> HashSet<[u8; RUN]> {
        windows(bytes).filter(|run| self.0.contains(run)).collect()
    }

    /// How many different runs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Every run of [`RUN`] bytes, overlapping.
fn windows(bytes: &[u8]) -> impl Iterator<Item = [u8; RUN]> {
    bytes.windows(RUN).filter_map(|run| run.try_into().ok())
}

#[cfg(test)]
mod tests;
