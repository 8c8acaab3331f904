//! Invitations: a link or QR code that leads to phrase and code without holding them. `docs/crypto.md`, "Invitations".
//!
//! Gives: the relay, which has the sealed invitation, does not have the link's fragment; who finds the link later does
//! not get the sealed invitation from an honest relay. Does not give: anything against one who sees the link before the
//! seat is claimed.

use alloc::{string::String, vec::Vec};

use rand_core::CryptoRng;
use sotto_protocol::{InvitationId, decode, record};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    code::Code,
    error::OpenError,
    kdf::{expand, extract},
    labels::{self, INVITATION_LEN, INVITATION_PADDED, KEY_LEN, salts},
    normal::NormalPhrase,
    padding::{pad_to, unpad},
    wrap::{encode_secret, unwrap, wrap},
};

/// `invitation = 16 random bytes`, in a link's fragment.
#[derive(Zeroize, ZeroizeOnDrop, PartialEq, Eq)]
pub struct Invitation([u8; INVITATION_LEN]);

/// What a sealed invitation holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Invited {
    /// The phrase, in normal form.
    pub phrase: NormalPhrase,
    /// The one-time code.
    pub code: Code,
}

struct Contents<'a> {
    phrase: &'a str,
    code: &'a str,
}

record!(Contents<'b> { phrase, code });

impl core::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Invitation(..)")
    }
}

impl Invitation {
    /// Makes an invitation.
    pub fn generate<R: CryptoRng>(rng: &mut R) -> Self {
        let mut invitation = Self([0; INVITATION_LEN]);
        rng.fill_bytes(&mut invitation.0);
        invitation
    }

    /// The invitation as it stands in a link: 32 hexadecimal digits.
    pub fn encode(&self) -> String {
        self.0
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|n| char::from_digit(u32::from(n), 16))
            .collect()
    }

    /// Reads an invitation from a link's fragment.
    pub fn parse(text: &str) -> Result<Self, OpenError> {
        let mut invitation = Self([0; INVITATION_LEN]);
        let mut digits = text.chars().map(|c| {
            if c.is_ascii_uppercase() {
                None
            } else {
                c.to_digit(16)
            }
        });
        for byte in &mut invitation.0 {
            for _ in 0..2 {
                let digit = digits.next().flatten().ok_or(OpenError)?;
                *byte = *byte << 4 | u8::try_from(digit).map_err(|_| OpenError)?;
            }
        }
        if digits.next().is_none() {
            Ok(invitation)
        } else {
            Err(OpenError)
        }
    }

    /// `ik = extract("sotto/1/invitation", invitation)`.
    fn key(&self) -> Zeroizing<[u8; KEY_LEN]> {
        extract(salts::INVITATION, &[&self.0])
    }

    /// `invitation_id = expand(ik, "id", 32)`.
    pub fn id(&self) -> InvitationId {
        InvitationId::new(*expand(&self.key(), labels::ID, &[]))
    }

    /// `sealed = wrap(expand(ik, "seal", 32), "invitation", "", {phrase, code})`, padded to one length for all.
    pub fn seal<R: CryptoRng>(&self, phrase: &NormalPhrase, code: &Code, rng: &mut R) -> Vec<u8> {
        let code = Zeroizing::new(code.encode());
        let contents = Contents {
            phrase: phrase.as_str(),
            code: &code,
        };
        let plain = encode_secret(&contents, INVITATION_PADDED);
        // A phrase of at most 256 bytes and a code of 13 leave room to spare.
        let padded = pad_to(&plain, INVITATION_PADDED).unwrap_or_default();
        wrap(
            &expand(&self.key(), labels::SEAL, &[]),
            labels::INVITATION,
            &[],
            &padded,
            rng,
        )
    }

    /// Opens a sealed invitation.
    pub fn open(&self, sealed: &[u8]) -> Result<Invited, OpenError> {
        let padded = unwrap(
            &expand(&self.key(), labels::SEAL, &[]),
            labels::INVITATION,
            &[],
            sealed,
        )?;
        if padded.len() != INVITATION_PADDED {
            return Err(OpenError);
        }
        let contents: Contents<'_> = decode(unpad(&padded)?).map_err(|_| OpenError)?;
        Ok(Invited {
            // Who joins brings it into normal form again, as whatever stands in the form.
            phrase: NormalPhrase::from_normal(contents.phrase).map_err(|_| OpenError)?,
            code: Code::parse(contents.code).map_err(|_| OpenError)?,
        })
    }
}
