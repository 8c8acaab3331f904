//! The names that the view's types have in JavaScript, each written beside its field or variant.

/// Declares a struct and, in the browser, how it becomes an object.
macro_rules! fields {
    (
        $(#[$of_type:meta])*
        pub struct $name:ident {
            $($(#[$of_field:meta])* pub $field:ident: $type:ty = $shown:literal,)*
        }
    ) => {
        $(#[$of_type])*
        pub struct $name {
            $($(#[$of_field])* pub $field: $type,)*
        }

        #[cfg(target_arch = "wasm32")]
        impl $crate::bindings::value::Value for $name {
            fn value(&self) -> wasm_bindgen::JsValue {
                $crate::bindings::value::object(&[$(($shown, self.$field.value())),*])
            }
        }
    };
}

/// Declares an enum without fields and, in the browser, the word for each of its variants.
macro_rules! names {
    (
        $(#[$of_type:meta])*
        pub enum $name:ident {
            $($(#[$of_variant:meta])* $variant:ident = $shown:literal,)*
        }
    ) => {
        $(#[$of_type])*
        pub enum $name {
            $($(#[$of_variant])* $variant,)*
        }

        #[cfg(test)]
        impl $name {
            /// Every variant, with its word.
            const ALL: &[(Self, &'static str)] = &[$((Self::$variant, $shown)),*];
        }

        #[cfg(target_arch = "wasm32")]
        impl $crate::bindings::value::Value for $name {
            fn value(&self) -> wasm_bindgen::JsValue {
                wasm_bindgen::JsValue::from_str(match self {
                    $(Self::$variant => $shown,)*
                })
            }
        }
    };
}

pub(crate) use {fields, names};
