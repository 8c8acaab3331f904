//! Values as JavaScript sees them.

use alloc::string::String;

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::JsValue;

/// What becomes a JavaScript value.
pub(crate) trait Value {
    /// The value.
    fn value(&self) -> JsValue;
}

macro_rules! plain {
    ($($type:ty),*) => {
        $(impl Value for $type {
            fn value(&self) -> JsValue {
                (*self).into()
            }
        })*
    };
}

plain!(bool, u8, u16, u32);

/// The view's numbers are all below 2^53: the session refuses larger ones.
#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
impl Value for u64 {
    fn value(&self) -> JsValue {
        (*self as f64).into()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the difference of two times in seconds"
)]
impl Value for i64 {
    fn value(&self) -> JsValue {
        (*self as f64).into()
    }
}

impl Value for String {
    fn value(&self) -> JsValue {
        self.as_str().into()
    }
}

impl<T: Value> Value for Option<T> {
    fn value(&self) -> JsValue {
        self.as_ref().map_or(JsValue::NULL, Value::value)
    }
}

impl<T: Value> Value for [T] {
    fn value(&self) -> JsValue {
        let list = Array::new();
        for value in self {
            list.push(&value.value());
        }
        list.into()
    }
}

impl<T: Value> Value for alloc::vec::Vec<T> {
    fn value(&self) -> JsValue {
        self.as_slice().value()
    }
}

impl<T: Value, const N: usize> Value for [T; N] {
    fn value(&self) -> JsValue {
        self.as_slice().value()
    }
}

/// Bytes, as JavaScript's own copy.
pub(super) fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// An object with these fields. Not inlined, so that it is in the wasm once.
#[inline(never)]
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a new field of a plain object cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}
