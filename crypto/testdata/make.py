"""Makes formulas.json and refused.json: docs/crypto.md once more, in another language and over other libraries.

Not a part of any build. To run it again: a virtual environment with argon2-cffi, cbor2, cryptography, kyber-py and
pycryptodome from PyPI, then `python make.py` in this folder. Nothing in it is random.
"""

import hashlib
import hmac
import json

import cbor2
from argon2.low_level import Type, hash_secret_raw
from Crypto.Cipher import ChaCha20_Poly1305
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from kyber_py.ml_kem import ML_KEM_768


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def tag(label):
    return b"sotto/1/" + label.encode() + b"\0"


def hkdf_expand(prk, info, length):
    out, block = b"", b""
    for n in range(1, -(-length // 32) + 1):
        block = mac(prk, block, info, bytes([n]))
        out += block
    return out[:length]


def expand(key, label, context=b"", length=32):
    return hkdf_expand(key, tag(label) + context, length)


extract = mac


def stretch(password, salt):
    return hash_secret_raw(password, salt, time_cost=3, memory_cost=64 * 1024, parallelism=1, hash_len=32, type=Type.ID)


def aead(key, nonce, plain, aad):
    cipher = ChaCha20_Poly1305.new(key=key, nonce=nonce)
    cipher.update(aad)
    return b"".join(cipher.encrypt_and_digest(plain))


def wrap(key, label, context, plain, nonce):
    return nonce + aead(key, nonce, plain, tag(label) + context)


def pad_to(text, size):
    return text + b"\x80" + bytes(size - len(text) - 1)


def x25519_public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(ser.Encoding.Raw, ser.PublicFormat.Raw)


def x25519(secret, public):
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))


# X-Wing (draft-connolly-cfrg-xwing-kem)

def xwing_keys(seed):
    wide = hashlib.shake_256(seed).digest(96)
    ek, dk = ML_KEM_768.key_derive(wide[:64])
    return dk, wide[64:], ek + x25519_public(wide[64:])


def xwing_encaps(public, randomness):
    shared_m, ct_m = ML_KEM_768._encaps_internal(public[:1184], randomness[:32])
    ct_x = x25519_public(randomness[32:])
    shared_x = x25519(randomness[32:], public[1184:])
    shared = hashlib.sha3_256(shared_m + shared_x + ct_x + public[1184:] + rb"\.//^" + b"\\").digest()
    return shared, ct_m + ct_x


def hpke_seal_psk(public, info, psk, psk_id, plain, randomness):
    """RFC 9180, sections 5.1 and 5.2, with KEM 0x647a, KDF 1 and AEAD 3; no aad."""
    shared, enc = xwing_encaps(public, randomness)
    suite = b"HPKE" + bytes.fromhex("647a00010003")
    lextract = lambda salt, label, ikm: mac(salt, b"HPKE-v1", suite, label, ikm)
    lexpand = lambda prk, label, ctx, n: hkdf_expand(prk, n.to_bytes(2, "big") + b"HPKE-v1" + suite + label + ctx, n)
    context = b"\x01" + lextract(b"", b"psk_id_hash", psk_id) + lextract(b"", b"info_hash", info)
    secret = lextract(shared, b"secret", psk)
    return enc + aead(lexpand(secret, b"key", context, 32), lexpand(secret, b"base_nonce", context, 12), plain, b"")


# A room, three seats, a message

values, refused = {}, []


def note(name, value):
    values[name] = value.hex() if isinstance(value, bytes) else value
    return value


def refuse(what, why, value):
    refused.append({"what": what, "why": why, "bytes": value.hex()})


phrase = note("phrase", "correct horse battery staple jolly otter")
passcode = note("passcode", "Blue-Door 7")
salt = note("deployment_salt", bytes(range(16)))
phrase_stretched = note("phrase_stretched", stretch(phrase.encode(), salt))
room_secret = note("room_secret", extract(b"sotto/1/room", phrase_stretched))
room = note("room_hash", expand(room_secret, "hash"))
card_key = note("card_key", expand(room_secret, "card"))
invite_key = note("invite_key", expand(room_secret, "invite"))
pair_salt = note("pair_salt", expand(room_secret, "pair"))
pass_key = note("pass_key", expand(room_secret, "pass-key"))
pass_salt = note("pass_salt", expand(room_secret, "pass-salt", b"", 16))
pass_stretched = note("passcode_stretched", stretch(passcode.encode(), pass_salt))
pass_secret = note("pass_secret", extract(pass_key, pass_stretched))
access = [note(f"access_key_{s}", expand(pass_secret, "access", bytes([s]))) for s in range(3)]
vaults = [note(f"vault_key_{s}", expand(pass_secret, "vault", bytes([s]))) for s in range(3)]
lock_key = note("lock_key", expand(extract(b"sotto/1/lock", pass_stretched), "lock"))

nonce = note("nonce", bytes(range(24)))
names = ["", "Otter", "Ünal"]


class Seat:
    def __init__(self, s):
        self.s = bytes([s])
        self.seed = note(f"seat_seed_{s}", bytes([0xA0 + s]) * 32)
        self.dh = expand(self.seed, "x25519")
        self.dh_pk = note(f"dh_pk_{s}", x25519_public(self.dh))
        self.kem_dk, self.kem_x, self.kem_pk = xwing_keys(note(f"kem_{s}", expand(self.seed, "x-wing")))
        note(f"kem_pk_sha256_{s}", sha256(self.kem_pk))
        self.fp = note(f"fingerprint_{s}", sha256(tag("fingerprint"), room, self.s, self.dh_pk, self.kem_pk))
        self.vault = note(f"vault_{s}", wrap(vaults[s], "vault", room + self.s, self.seed, nonce))
        self.plain = self.dh_pk + self.kem_pk + pad_to(note(f"nickname_{s}", names[s]).encode(), 64)
        self.card = note(f"card_{s}", wrap(card_key, "card", room + self.s, self.plain, nonce))
        number, words = int.from_bytes(self.fp, "big") % 7776**6, []
        for _ in range(6):
            number, word = divmod(number, 7776)
            words.insert(0, word)
        note(f"safety_words_{s}", words)


seats = [Seat(s) for s in range(3)]


def shared(a, b):
    return extract(pair_salt, x25519(a.dh, b.dh_pk) if a is not b else expand(a.seed, "self"))


def psk(a, b):
    return expand(shared(a, b), "box", a.fp + b.fp)


for a in seats:
    for b in seats:
        note(f"psk_{a.s[0]}_{b.s[0]}", psk(a, b))
        if a is not b:
            note(f"proof_key_{a.s[0]}_{b.s[0]}", expand(shared(a, b), "proof", a.fp + b.fp))

# A code, an invitation, a locked tab
drawn = note("code_drawn", bytes.fromhex("fedcba98765432"))
bits = int.from_bytes(drawn, "big") & (1 << 50) - 1
letters = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> 5 * i & 31] for i in reversed(range(10)))
code = note("code", f"1-{letters[:5]}-{letters[5:]}")
note("invite_token", expand(extract(invite_key, b"\x01", bits.to_bytes(7, "big")), "token"))
invitation = note("invitation", bytes(range(0xF0, 0x100)))
ik = extract(b"sotto/1/invitation", invitation)
note("invitation_id", expand(ik, "id"))
contents = cbor2.dumps([phrase, code])
invite_wrap = lambda plain, label="invitation": wrap(expand(ik, "seal"), label, b"", plain, nonce)
note("sealed_invitation", invite_wrap(pad_to(contents, 512)))
locked_plain = [room_secret, access[1], vaults[1], seats[1].seed, note("draft", "I meant to say"), note("seen", b"\1\2\3")]
lock_wrap = lambda plain, context=room + b"\x01": wrap(lock_key, "locked", context, cbor2.dumps(plain), nonce)
note("locked", lock_wrap(locked_plain))

# A message from seat 0 to all three
content_key = note("content_key", bytes([0x55]) * 32)
message_id = note("message_id", bytes(range(0x10, 0x20)))
prev = note("prev", sha256(b"prev"))
text = note("text", "Grüße aus dem Boot")
encaps = [note(f"encapsulation_{s}", bytes([0xE0 + s]) * 64) for s in range(3)]


def message(author=seats[0], change=None, commit=None, padded=None, psk_of=psk, reader_fp=None, header=None, in_room=room):
    fields = [1, message_id, 7, 2, author.s[0], {x.s[0]: sha256(x.card) for x in seats}, prev]
    fields.append(commit or sha256(tag("commit"), content_key))
    if change:
        change(fields)
    header = header(cbor2.dumps(fields)) if header else cbor2.dumps(fields)
    body = aead(content_key, bytes(12), pad_to(text.encode(), 256) if padded is None else padded, tag("body") + in_room + header)
    digest = sha256(tag("message"), room, sha256(header), sha256(body))
    boxes = [
        hpke_seal_psk(x.kem_pk, tag("box") + digest + (reader_fp or x).fp, psk_of(author, x), b"sotto/1/box", content_key, e)
        for x, e in zip(seats, encaps)
    ]
    return header, body, boxes, digest


header, body, boxes, digest = message()
note("commit", sha256(tag("commit"), content_key))
note("header", header)
note("body", body)
note("message_hash", digest)
for s, box in enumerate(boxes):
    note(f"box_{s}", box)
for kind, byte in [("read", 1), ("delete", 2), ("expire", 3)]:
    note(f"proof_{kind}_0_1", mac(expand(shared(seats[0], seats[1]), "proof", seats[0].fp + seats[1].fp), tag("proof"), bytes([byte]), digest)[:16])

# What has to be refused, each for one reason
s1 = seats[1]
flip = lambda b, i: b[:i] + bytes([b[i] ^ 1]) + b[i + 1 :]
refuse("vault", "a bit of the seed is flipped", flip(s1.vault, 30))
refuse("vault", "a bit of the nonce is flipped", flip(s1.vault, 0))
refuse("vault", "a bit of the tag is flipped", flip(s1.vault, len(s1.vault) - 1))
refuse("vault", "cut short", s1.vault[:-1])
refuse("vault", "empty", b"")
refuse("vault", "shorter than a nonce and a tag", bytes(39))
refuse("vault", "of another seat", wrap(vaults[1], "vault", room + b"\x02", s1.seed, nonce))
refuse("vault", "of another room", wrap(vaults[1], "vault", sha256(b"other") + s1.s, s1.seed, nonce))
refuse("vault", "sealed under the label of a card", wrap(vaults[1], "card", room + s1.s, s1.seed, nonce))
refuse("vault", "a seed of 31 bytes", wrap(vaults[1], "vault", room + s1.s, s1.seed[1:], nonce))
refuse("vault", "a seed of 33 bytes", wrap(vaults[1], "vault", room + s1.s, s1.seed + b"\0", nonce))


def card(why, plain, context=room + s1.s, label="card", key=card_key):
    refuse("card", why, wrap(key, label, context, plain, nonce))


keys = s1.dh_pk + s1.kem_pk
card("of another seat", s1.plain, room + b"\x02")
card("of another room", s1.plain, sha256(b"other") + s1.s)
card("sealed under the label of a vault", s1.plain, label="vault")
card("sealed with the invite key", s1.plain, key=invite_key)
card("a byte too long", s1.plain + b"\0")
card("a byte too short", s1.plain[:-1])
card("no nickname at all", keys)
card("an X25519 key that is 2^255 - 19 + 9", (2**255 - 19 + 9).to_bytes(32, "little") + s1.plain[32:])
card("an X25519 key that is 2^255 - 19", (2**255 - 19).to_bytes(32, "little") + s1.plain[32:])
card("an X25519 key with its highest bit set", flip(s1.dh_pk[:31] + bytes([s1.dh_pk[31] | 0x80]), 0) + s1.plain[32:])
card("an ML-KEM key with a number that is no number modulo 3329", s1.dh_pk + b"\xff" * 1184 + s1.plain[1216:])
card("a nickname of 49 bytes", keys + pad_to(b"a" * 49, 64))
card("a nickname without its mark", keys + b"Otter" + bytes(59))
card("a nickname of zeros", keys + bytes(64))
card("a nickname with another mark", keys + b"Otter\x81" + bytes(58))
card("a nickname that is not UTF-8", keys + pad_to(b"\xff\xfe", 64))
card("a nickname with a zero-width space", keys + pad_to("Ot\u200bter".encode(), 64))
card("a nickname with a bidirectional override", keys + pad_to("Ot\u202eter".encode(), 64))
card("a nickname with a line break", keys + pad_to(b"Ot\nter", 64))
card("a nickname with a control character", keys + pad_to(b"Ot\x07ter", 64))
card("a nickname with space around it", keys + pad_to(b" Otter", 64))

refuse("invitation", "another label", invite_wrap(pad_to(contents, 512), "locked"))
refuse("invitation", "a padded length of 511", invite_wrap(pad_to(contents, 511)))
refuse("invitation", "no padding", invite_wrap(contents))
refuse("invitation", "an empty phrase", invite_wrap(pad_to(cbor2.dumps(["", code]), 512)))
refuse("invitation", "a code that is none", invite_wrap(pad_to(cbor2.dumps([phrase, code[:-1]]), 512)))
refuse("invitation", "something after its contents", invite_wrap(pad_to(contents + b"\0", 512)))
refuse("invitation", "only a phrase", invite_wrap(pad_to(cbor2.dumps([phrase]), 512)))

refuse("locked", "of another seat", lock_wrap(locked_plain, room + b"\x02"))
refuse("locked", "the secret of another room", lock_wrap([sha256(b"other"), *locked_plain[1:]]))
refuse("locked", "a secret of 31 bytes", lock_wrap([room_secret[1:], *locked_plain[1:]]))
refuse("locked", "no record of what was seen", lock_wrap(locked_plain[:-1]))


def sealed(why, **how):
    """To seat 1, as from seat 0."""
    h, b, x, _ = message(**how)
    refuse("message", why, cbor2.dumps([h, b, x[1]]))


def put(index, value):
    return lambda fields: fields.__setitem__(index, value)


sealed("a commitment to another key", commit=sha256(tag("commit"), bytes(32)))
sealed("another version", change=put(0, 2))
sealed("turn 0", change=put(2, 0))
sealed("another author than the one who shares the key", change=put(4, 2))
sealed("an author who is not listed", change=lambda f: f[5].pop(0))
sealed("a reader who is not listed", change=lambda f: f[5].pop(1))
sealed("another card of the author", change=lambda f: f[5].update({0: sha256(b"other")}))
sealed("another card of the reader", change=lambda f: f[5].update({1: sha256(b"other")}))
sealed("a seat that no room has", change=lambda f: f[5].update({8: sha256(b"other")}))
sealed("a number that is longer than it need be", header=lambda h: h.replace(message_id + b"\x07", message_id + b"\x18\x07"))
sealed("something after the header", header=lambda h: h + b"\0")
sealed("a pre-shared key of the other direction", psk_of=lambda a, b: psk(b, a) if a is not b else psk(a, b))
sealed("a pre-shared key of another author", psk_of=lambda a, b: psk(seats[2], b))
sealed("a box for another reader's fingerprint", reader_fp=seats[2])
sealed("a body of another room", in_room=sha256(b"other"))
sealed("a body padded to 255", padded=pad_to(text.encode(), 255))
sealed("a body padded further than need be", padded=pad_to(text.encode(), 1024))
sealed("a body without a mark", padded=bytes(256))
sealed("a body with another mark", padded=text.encode() + b"\x81" + bytes(235))
sealed("a text that is not UTF-8", padded=pad_to(b"\xff", 256))
h, b, x, _ = message()
refuse("message", "a bit of the body is flipped", cbor2.dumps([h, flip(b, 3), x[1]]))
refuse("message", "a bit of the encapsulated key is flipped", cbor2.dumps([h, b, flip(x[1], 3)]))
refuse("message", "a bit of the encapsulated X25519 key is flipped", cbor2.dumps([h, b, flip(x[1], 1100)]))
refuse("message", "a bit of the sealed key is flipped", cbor2.dumps([h, b, flip(x[1], 1125)]))
refuse("message", "a box cut short", cbor2.dumps([h, b, x[1][:-1]]))
refuse("message", "an empty box", cbor2.dumps([h, b, b""]))
refuse("message", "an empty body", cbor2.dumps([h, b"", x[1]]))
refuse("message", "the box of another reader", cbor2.dumps([h, b, x[2]]))

for name, content in [("formulas", values), ("refused", refused)]:
    with open(f"{name}.json", "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.write("\n")

# The X-Wing above is the published one.
for case in json.load(open("published.json", encoding="utf-8"))["x-wing"]:
    assert xwing_keys(bytes.fromhex(case["seed"]))[2].hex() == case["pk"]
    assert [v.hex() for v in xwing_encaps(bytes.fromhex(case["pk"]), bytes.fromhex(case["eseed"]))] == [case["ss"], case["ct"]]
