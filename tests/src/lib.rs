//! End to end: what the tests of a real relay, native clients and real browsers share.

pub mod capture;
