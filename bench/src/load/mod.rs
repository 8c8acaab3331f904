//! What loads a relay: clients that speak the real protocol over real sockets and do little else, so that the machine's
//! time goes to the relay. Everything that is sealed is sealed before the clock starts.

mod envelope;
mod people;
mod room;
mod wire;

pub(crate) use envelope::{Size, Stencil};
pub(crate) use people::{LIFETIME, Person};
pub(crate) use room::{Room, hints, name, rooms};
pub(crate) use wire::{Wire, framed};
