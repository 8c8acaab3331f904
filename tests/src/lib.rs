//! End to end: what the tests of a real relay, native clients and real browsers share.

pub mod axe;
pub mod browser;
pub mod capture;
pub mod hostile;
pub mod meddler;
pub mod native;
pub mod person;
pub mod picture;
pub mod process;
pub mod relay_process;
pub mod renewed;
pub mod slow;
pub mod wait;
