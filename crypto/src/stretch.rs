//! Argon2id: what a guess costs. `docs/crypto.md`, "Stretching".
//!
//! The memory is a buffer of this module's own, wiped when the run ends, however it ends. In the browser the allocator wipes
//! it, as all that is given back to it there, and this runs in a worker of its own, which is ended afterwards.

use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Block, Params, Version};
#[cfg(not(target_arch = "wasm32"))]
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::{
    NormalError, NormalPhrase,
    labels::{KEY_LEN, SALT_LEN, argon2id},
    normal, normal_passcode,
    secret::secret,
};

/// What a text was typed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Typed {
    /// A room's phrase.
    Phrase,
    /// A person's passcode.
    Passcode,
}

secret! {
    /// What Argon2id made of a phrase or passcode.
    pub struct Stretched
}

impl Stretched {
    /// Takes the bytes that another worker's [`stretch`] made.
    pub fn from_bytes(bytes: [u8; KEY_LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the way from one worker to another.
    pub fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

/// Why a run of Argon2id failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StretchError {
    /// The text cannot be used.
    #[error(transparent)]
    Text(#[from] NormalError),
    /// The browser or system did not give the 64 MiB.
    #[error("there is not enough memory: 64 MiB are needed")]
    Memory,
    /// The primitive refused its input, which no input of this crate's types causes.
    #[error("Argon2id refused its input")]
    Input,
}

/// The blocks that Argon2id works in, wiped when they are given back.
struct Memory(Vec<Block>);

impl Memory {
    fn new(blocks: usize) -> Result<Self, StretchError> {
        let mut memory = Vec::new();
        memory
            .try_reserve_exact(blocks)
            .map_err(|_| StretchError::Memory)?;
        memory.resize_with(blocks, Block::new);
        Ok(Self(memory))
    }
}

// The allocator of the page's modules (`sotto-wasm-runtime`) wipes them; twice is a tenth of a run's time.
#[cfg(not(target_arch = "wasm32"))]
impl Drop for Memory {
    fn drop(&mut self) {
        for block in &mut self.0 {
            block.zeroize();
        }
    }
}

fn params(memory_kib: u32) -> Result<Params, StretchError> {
    Params::new(memory_kib, argon2id::PASSES, argon2id::LANES, Some(KEY_LEN)).map_err(|_| StretchError::Input)
}

fn argon2id(password: &[u8], salt: &[u8], memory_kib: u32) -> Result<Stretched, StretchError> {
    let params = params(memory_kib)?;
    let mut memory = Memory::new(params.block_count())?;
    let mut out = Zeroizing::new([0; KEY_LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, out.as_mut_slice(), memory.0.as_mut_slice())
        .map_err(|_| StretchError::Input)?;
    Ok(Stretched(*out))
}

/// `stretch(pw, salt) = Argon2id(pw, salt, m = 64 MiB, t = 3, p = 1, v = 0x13, 32 bytes)`.
///
/// `password` is a [`NormalPhrase`]'s or [`NormalPasscode`](crate::NormalPasscode)'s bytes.
pub fn stretch(password: &[u8], salt: &[u8; SALT_LEN]) -> Result<Stretched, StretchError> {
    argon2id(password, salt, argon2id::MEMORY_KIB)
}

/// `stretch(normal(phrase), deployment_salt)`, and the normal form.
pub fn stretch_phrase(
    phrase: &str,
    salt: &[u8; SALT_LEN],
) -> Result<(NormalPhrase, Stretched), StretchError> {
    let phrase = normal(phrase)?;
    let stretched = stretch(phrase.as_bytes(), salt)?;
    Ok((phrase, stretched))
}

/// `stretch(normal_passcode(passcode), pass_salt)`.
pub fn stretch_passcode(passcode: &str, salt: &[u8; SALT_LEN]) -> Result<Stretched, StretchError> {
    stretch(normal_passcode(passcode)?.as_bytes(), salt)
}

/// Thirty tiny runs (256 KiB each) that make a browser compile the inner loop well before it is needed; and the 64 MiB of a
/// real run, asked for and given back, so that the first of those finds memory that the system has at hand already.
pub fn warm_up() -> Result<(), StretchError> {
    for _ in 0..30 {
        argon2id(b"warm-up", &[0; SALT_LEN], 256)?;
    }
    let memory = Memory::new(params(argon2id::MEMORY_KIB)?.block_count())?;
    // The compiler leaves out memory that nobody looks at.
    core::hint::black_box(&memory);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{argon2id, warm_up};

    #[test]
    fn warming_up_succeeds() {
        assert_eq!(warm_up(), Ok(()));
    }

    #[test]
    fn password_salt_and_memory_all_count() {
        let run = |password: &[u8], salt, memory| argon2id(password, &[salt; 16], memory).unwrap();
        assert!(run(b"a", 0, 64) == run(b"a", 0, 64));
        assert!(run(b"a", 0, 64) != run(b"b", 0, 64));
        assert!(run(b"a", 0, 64) != run(b"a", 1, 64));
        assert!(run(b"a", 0, 64) != run(b"a", 0, 128));
    }
}
