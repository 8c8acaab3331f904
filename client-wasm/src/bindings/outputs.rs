//! Outputs as JavaScript objects.

use js_sys::{Object, Reflect, Uint8Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::Output;
use crate::view::View;

/// `{is: .., ..}`: see the head of [`super`].
pub(super) fn object(output: Output) -> JsValue {
    match output {
        Output::Connect => build("connect", []),
        Output::Disconnect => build("disconnect", []),
        Output::Send(frame) => build("send", [("bytes", bytes(&frame))]),
        Output::Stretch { id, password, salt } => build(
            "stretch",
            [
                ("id", id.into()),
                ("password", bytes(&password)),
                ("salt", bytes(&salt)),
            ],
        ),
        Output::Solve {
            id,
            nonce,
            kind,
            subject,
            bits,
        } => build(
            "solve",
            [
                ("id", id.into()),
                ("nonce", bytes(nonce.as_bytes())),
                ("kind", (kind as u8).into()),
                ("subject", bytes(subject.as_bytes())),
                ("bits", bits.into()),
            ],
        ),
        Output::View(shown) => build("view", [("view", view(&shown))]),
        Output::Locked {
            bytes: locked,
            pass_salt,
            seat,
            room_hash,
        } => build(
            "locked",
            [
                ("bytes", bytes(&locked)),
                ("passSalt", bytes(&pass_salt)),
                ("seat", seat.number().into()),
                ("roomHash", bytes(room_hash.as_bytes())),
            ],
        ),
        Output::Invitation { phrase, code } => {
            build("invitation", [("phrase", bytes(&phrase)), ("code", code.into())])
        }
        Output::Draft { text } => build("draft", [("text", bytes(&text))]),
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
        Output::Wake { at_ms } => build("wake", [("at", (at_ms as f64).into())]),
    }
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// The view's numbers are all below 2^53 (the session refuses larger ones), so this cannot fail.
fn view(view: &View) -> JsValue {
    let serializer = Serializer::new().serialize_missing_as_null(true);
    view.serialize(&serializer).unwrap_or(JsValue::NULL)
}

fn build<const N: usize>(is: &str, fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    // Setting a new field of a plain object cannot fail.
    let _ = Reflect::set(&object, &"is".into(), &is.into());
    for (name, value) in fields {
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}
