//! What an operator can do besides serving. Each command says what it did, or what is wrong and what to do.

mod acme;
mod addresses;
mod admin_password;
mod backup;
mod certificate;
pub mod check;
mod clock;
mod healthcheck;
mod offline;
mod paper;
mod pinned;
mod secrets;
mod space;
mod variables;

pub use admin_password::admin_password;
pub use backup::{backup, restore};
pub use healthcheck::healthcheck;
pub use offline::{migrate, purge};
pub use paper::{completions, manual};
