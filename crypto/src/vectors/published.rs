//! The published vectors of each primitive, on the crates and features that are in use. `published.json` names sources.

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, XChaCha20Poly1305, aead::Aead, aead::Payload};
use hpke::{
    Deserializable, Kem, OpModeR, PskBundle, Serializable,
    kdf::HkdfSha256,
    kem::{X25519HkdfSha256, XWing},
    single_shot_open,
};
use serde_json::Value;
use x25519_dalek::{PublicKey, StaticSecret, x25519};

use super::{Replay, array, read, unhex};
use crate::kdf::extract;

fn published(name: &str) -> Value {
    read(include_str!("../../testdata/published.json"))[name].clone()
}

#[test]
fn hkdf_sha256() {
    for case in published("hkdf-sha256").as_array().unwrap() {
        let prk = extract(&unhex(&case["salt"]), &[&unhex(&case["ikm"])]);
        assert_eq!(*prk, array(&case["prk"]));
        let mut okm = vec![0; unhex(&case["okm"]).len()];
        hkdf::Hkdf::<sha2::Sha256>::from_prk(&*prk)
            .unwrap()
            .expand(&unhex(&case["info"]), &mut okm)
            .unwrap();
        assert_eq!(okm, unhex(&case["okm"]));
    }
}

#[test]
fn x25519_ladder() {
    for case in published("x25519").as_array().unwrap() {
        assert_eq!(
            x25519(array(&case["scalar"]), array(&case["u"])),
            array(&case["out"])
        );
    }
}

#[test]
fn x25519_key_agreement() {
    let case = published("x25519-dh");
    let (a, b) = (
        StaticSecret::from(array::<32>(&case["a"])),
        StaticSecret::from(array::<32>(&case["b"])),
    );
    assert_eq!(PublicKey::from(&a).to_bytes(), array(&case["a_pk"]));
    assert_eq!(PublicKey::from(&b).to_bytes(), array(&case["b_pk"]));
    assert_eq!(
        a.diffie_hellman(&PublicKey::from(&b)).to_bytes(),
        array(&case["shared"])
    );
    assert_eq!(
        b.diffie_hellman(&PublicKey::from(&a)).to_bytes(),
        array(&case["shared"])
    );
}

fn aead<A: Aead + KeyInit>(case: &Value) {
    let cipher = A::new_from_slice(&unhex(&case["key"])).unwrap();
    let (nonce, aad) = (unhex(&case["nonce"]), unhex(&case["aad"]));
    let nonce = nonce.as_slice().try_into().unwrap();
    let (plain, out) = (unhex(&case["plain"]), unhex(&case["out"]));
    assert_eq!(
        cipher
            .encrypt(
                nonce,
                Payload {
                    msg: &plain,
                    aad: &aad
                }
            )
            .unwrap(),
        out
    );
    assert_eq!(
        cipher.decrypt(nonce, Payload { msg: &out, aad: &aad }).unwrap(),
        plain
    );
}

#[test]
fn chacha20poly1305() {
    aead::<ChaCha20Poly1305>(&published("chacha20poly1305"));
}

#[test]
fn xchacha20poly1305() {
    aead::<XChaCha20Poly1305>(&published("xchacha20poly1305"));
}

#[test]
fn argon2id() {
    let case = published("argon2id");
    let number = |name: &str| u32::try_from(case[name].as_u64().unwrap()).unwrap();
    let params = ParamsBuilder::new()
        .m_cost(number("memory_kib"))
        .t_cost(number("passes"))
        .p_cost(number("lanes"))
        .data(AssociatedData::new(&unhex(&case["data"])).unwrap())
        .build()
        .unwrap();
    let secret = unhex(&case["secret"]);
    let argon2 = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params).unwrap();
    let mut out = [0; 32];
    argon2
        .hash_password_into(&unhex(&case["password"]), &unhex(&case["salt"]), &mut out)
        .unwrap();
    assert_eq!(out, array(&case["out"]));
}

/// RFC 9180 has no vector for X-Wing; this is the mode, KDF and AEAD that are in use, with the RFC's own KEM.
#[test]
fn hpke_psk() {
    let case = published("hpke-psk");
    let (psk, psk_id) = (unhex(&case["psk"]), unhex(&case["psk_id"]));
    let secret = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&unhex(&case["skRm"])).unwrap();
    assert_eq!(
        X25519HkdfSha256::sk_to_pk(&secret).to_bytes().to_vec(),
        unhex(&case["pkRm"])
    );
    let plain = single_shot_open::<hpke::aead::ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Psk(PskBundle::new(&psk, &psk_id).unwrap()),
        &secret,
        &<X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&unhex(&case["enc"])).unwrap(),
        &unhex(&case["info"]),
        &unhex(&case["ct"]),
        &unhex(&case["aad"]),
    );
    assert_eq!(plain.unwrap(), unhex(&case["pt"]));
}

#[test]
fn x_wing() {
    for case in published("x-wing").as_array().unwrap() {
        let secret = <XWing as Kem>::PrivateKey::from_bytes(&unhex(&case["seed"])).unwrap();
        let public = XWing::sk_to_pk(&secret);
        assert_eq!(public.to_bytes().to_vec(), unhex(&case["pk"]));
        let (shared, enc) = XWing::encap_with_rng(&public, None, &mut Replay::new([&case["eseed"]])).unwrap();
        assert_eq!(enc.to_bytes().to_vec(), unhex(&case["ct"]));
        assert_eq!(shared.0.to_vec(), unhex(&case["ss"]));
        assert_eq!(
            XWing::decap(&secret, None, &enc).unwrap().0.to_vec(),
            unhex(&case["ss"])
        );
    }
}
