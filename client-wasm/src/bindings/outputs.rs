//! Outputs as JavaScript objects.

use sotto_crypto::Typed;
use wasm_bindgen::JsValue;

use super::value::{Value, bytes, object};
use crate::Output;

/// `{is: .., ..}`: see the head of [`super`].
pub(super) fn output(output: Output) -> JsValue {
    match output {
        Output::Connect => object(&[("is", "connect".into())]),
        Output::Disconnect => object(&[("is", "disconnect".into())]),
        Output::Send(frame) => object(&[("is", "send".into()), ("bytes", bytes(&frame))]),
        Output::Stretch { id, what, text, salt } => object(&[
            ("is", "stretch".into()),
            ("id", id.into()),
            ("phrase", (what == Typed::Phrase).into()),
            ("text", bytes(&text)),
            ("salt", bytes(&salt)),
        ]),
        Output::Solve {
            id,
            nonce,
            kind,
            subject,
            bits,
        } => object(&[
            ("is", "solve".into()),
            ("id", id.into()),
            ("nonce", bytes(nonce.as_bytes())),
            ("kind", (kind as u8).into()),
            ("subject", bytes(subject.as_bytes())),
            ("bits", bits.into()),
        ]),
        Output::View(shown) => object(&[("is", "view".into()), ("view", shown.value())]),
        Output::Locked {
            bytes: locked,
            pass_salt,
            seat,
            room_hash,
        } => object(&[
            ("is", "locked".into()),
            ("bytes", bytes(&locked)),
            ("passSalt", bytes(&pass_salt)),
            ("seat", seat.number().into()),
            ("roomHash", bytes(room_hash.as_bytes())),
        ]),
        Output::Invitation { phrase, code } => object(&[
            ("is", "invitation".into()),
            ("phrase", bytes(&phrase)),
            ("code", code.into()),
        ]),
        Output::Draft { text } => object(&[("is", "draft".into()), ("text", bytes(&text))]),
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
        Output::Wake { at_ms } => object(&[("is", "wake".into()), ("at", (at_ms as f64).into())]),
    }
}
