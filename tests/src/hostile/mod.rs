//! A relay that does what none should: honest sessions on the pure room machine, and a script between them.
//!
//! No socket and no clock: the sessions are handed frames one by one, so a script can hold any of them back, alter it,
//! send it again, or make one up. What the attacker knows is up to the test: by default the relay's part only, and
//! where a neighbour helps it, that neighbour's keys.

mod forge;
mod relay;
mod stage;

pub use forge::{Insider, room, standing};
pub use relay::{Down, HonestRelay};
pub use stage::{Locked, PHRASE, Stage, Who, typed};
