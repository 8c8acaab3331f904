//! How plain values are encoded, and how structures and choices are.

use alloc::{borrow::ToOwned, boxed::Box, string::String, sync::Arc, vec::Vec};

use super::{Decode, DecodeError, Encode, FALSE, Major, NULL, Reader, TRUE, encode_head};

/// Encodes a structure as the array of its fields, in this order: `record!(Receipt { message, proof });`
#[macro_export]
macro_rules! record {
    ($type:ident<$life:lifetime> $fields:tt) => {
        $crate::record!(@encode ($type<'_>) $fields);
        $crate::record!(@decode $life ($type<$life>) $fields);
    };
    ($type:ident $fields:tt) => {
        $crate::record!(@encode ($type) $fields);
        $crate::record!(@decode 'b ($type) $fields);
    };
    (@encode ($type:ty) { $($field:ident),+ }) => {
        impl $crate::Encode for $type {
            fn encode(&self, out: &mut $crate::codec::Buffer) {
                $crate::codec::encode_head($crate::codec::Major::Array, $crate::record!(@count $($field)+), out);
                $(self.$field.encode(out);)+
            }
        }
    };
    (@decode $life:lifetime ($type:ty) { $($field:ident),+ }) => {
        impl<$life> $crate::Decode<$life> for $type {
            fn decode(from: &mut $crate::codec::Reader<$life>) -> Result<Self, $crate::DecodeError> {
                from.array($crate::record!(@count $($field)+))?;
                Ok(Self { $($field: $crate::Decode::decode(from)?),+ })
            }
        }
    };
    (@count $($item:ident)*) => {
        0 $(+ { let _ = stringify!($item); 1 })*
    };
}

/// Encodes an enum as an array of a variant's number and fields: `choice!(Attempt { 0: Puzzle(solution), 1: Ticket {
/// seat, ticket } });`
#[macro_export]
macro_rules! choice {
    ($type:ident { $($number:literal: $variant:ident $(($only:ident))? $({ $($field:ident),+ })?),+ }) => {
        impl $crate::Encode for $type {
            fn encode(&self, out: &mut $crate::codec::Buffer) {
                match self {
                    $(Self::$variant $(($only))? $({ $($field),+ })? => {
                        let count = 1 + $crate::record!(@count $($only)? $($($field)+)?);
                        $crate::codec::encode_head($crate::codec::Major::Array, count, out);
                        $crate::codec::encode_head($crate::codec::Major::Unsigned, $number, out);
                        $($only.encode(out);)?
                        $($($field.encode(out);)+)?
                    })+
                }
            }
        }

        impl<'b> $crate::Decode<'b> for $type {
            fn decode(from: &mut $crate::codec::Reader<'b>) -> Result<Self, $crate::DecodeError> {
                match from.choice()? {
                    $((count, $number) => {
                        if count != 1 + $crate::record!(@count $($only)? $($($field)+)?) {
                            return Err($crate::DecodeError::Malformed);
                        }
                        $(let $only = $crate::Decode::decode(from)?;)?
                        $($(let $field = $crate::Decode::decode(from)?;)+)?
                        Ok(Self::$variant $(($only))? $({ $($field),+ })?)
                    })+
                    _ => Err($crate::DecodeError::Unknown),
                }
            }
        }
    };
}

/// A number within the range of its type.
macro_rules! integers {
    ($($type:ty),+) => {
        $(impl Encode for $type {
            fn encode(&self, out: &mut Vec<u8>) {
                encode_head(Major::Unsigned, (*self).into(), out);
            }
        }

        impl Decode<'_> for $type {
            fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Self::try_from(from.head(Major::Unsigned)?).map_err(|_| DecodeError::Malformed)
            }
        })+
    };
}

integers!(u32, u64);

/// A list of these is a byte string.
impl Encode for u8 {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_head(Major::Unsigned, (*self).into(), out);
    }

    fn encode_list(list: &[Self], out: &mut Vec<u8>) {
        encode_head(Major::Bytes, list.len() as u64, out);
        out.extend_from_slice(list);
    }
}

impl Decode<'_> for u8 {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::try_from(from.head(Major::Unsigned)?).map_err(|_| DecodeError::Malformed)
    }

    fn decode_list(from: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        from.bytes().map(<[u8]>::to_vec)
    }
}

impl Encode for bool {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(if *self { TRUE } else { FALSE });
    }
}

impl Decode<'_> for bool {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if from.skip(TRUE) {
            Ok(true)
        } else if from.skip(FALSE) {
            Ok(false)
        } else {
            Err(DecodeError::Malformed)
        }
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.encode(out),
            None => out.push(NULL),
        }
    }
}

impl<'b, T: Decode<'b>> Decode<'b> for Option<T> {
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError> {
        if from.skip(NULL) {
            Ok(None)
        } else {
            T::decode(from).map(Some)
        }
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, out: &mut Vec<u8>) {
        T::encode_list(self, out);
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        T::encode_list(self, out);
    }
}

impl<'b, T: Decode<'b>> Decode<'b> for Vec<T> {
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError> {
        T::decode_list(from)
    }
}

impl<const N: usize> Encode for [u8; N] {
    fn encode(&self, out: &mut Vec<u8>) {
        u8::encode_list(self, out);
    }
}

impl<const N: usize> Decode<'_> for [u8; N] {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        from.bytes()?.try_into().map_err(|_| DecodeError::Malformed)
    }
}

impl Encode for str {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_head(Major::Text, self.len() as u64, out);
        out.extend_from_slice(self.as_bytes());
    }
}

impl Encode for String {
    fn encode(&self, out: &mut Vec<u8>) {
        self.as_str().encode(out);
    }
}

impl Decode<'_> for String {
    fn decode(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        <&str>::decode(from).map(ToOwned::to_owned)
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}

impl<'b> Decode<'b> for &'b [u8] {
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError> {
        from.bytes()
    }
}

impl<'b> Decode<'b> for &'b str {
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError> {
        str::from_utf8(from.string(Major::Text)?).map_err(|_| DecodeError::Malformed)
    }
}

impl<T: Encode> Encode for Arc<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}

impl<'b, T: Decode<'b>> Decode<'b> for Arc<T> {
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError> {
        T::decode(from).map(Self::new)
    }
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}

impl<'b, T: Decode<'b>> Decode<'b> for Box<T> {
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError> {
        T::decode(from).map(Self::new)
    }
}

/// Two values together.
impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_head(Major::Array, 2, out);
        self.0.encode(out);
        self.1.encode(out);
    }
}

impl<'b, A: Decode<'b>, B: Decode<'b>> Decode<'b> for (A, B) {
    fn decode(from: &mut Reader<'b>) -> Result<Self, DecodeError> {
        from.array(2)?;
        Ok((A::decode(from)?, B::decode(from)?))
    }
}
