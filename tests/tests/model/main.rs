//! The room machine checked from end to end of its states: [`exhaustive`] visits every state of a small world around
//! the relay's very `apply`; [`killed`] plays random stories against a real relay with a real SQLite file, which is
//! killed in between, and compares it with that same `apply`.

#[cfg(test)]
mod exhaustive;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod killed;
#[cfg(test)]
#[path = "../../invariants/relay.rs"]
#[expect(dead_code, reason = "shared with the invariants, which use all of it")]
mod relay;
#[cfg(test)]
#[path = "../../invariants/scene.rs"]
#[expect(dead_code, reason = "shared with the invariants, which use all of it")]
mod scene;
#[cfg(test)]
#[path = "../../invariants/wire.rs"]
#[expect(dead_code, reason = "shared with the invariants, which use all of it")]
mod wire;
