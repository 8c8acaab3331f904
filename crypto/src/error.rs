//! The one error of everything that fails to open.

/// Something did not open: a wrong key, altered bytes, a wrong length, a check that failed.
///
/// It says no more on purpose: which check failed is of use only to one who probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("did not open")]
pub struct OpenError;
