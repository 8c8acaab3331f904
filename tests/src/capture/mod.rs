//! What crosses the wire and what lies on disk, laid open so that it can be searched.
//!
//! - [`tap`]: a recording TCP relay between browser and relay, which can also cut.
//! - [`proxy`]: takes every connection that a browser makes to anyone else, refuses it, and writes down whom it asked for.
//! - [`http`], [`websocket`], [`cbor`]: undo the layers that could hide something from a search.
//! - [`search`]: looks for secrets in every form that a program would put them in, and for 16-byte runs.
//! - [`files`]: all that a process left in a folder; [`sqlite`]: what its databases hold, value by value.

pub mod cbor;
pub mod files;
pub mod first_visit;
pub mod http;
pub mod proxy;
pub mod search;
pub mod sqlite;
pub mod tap;
mod traffic;
pub mod websocket;

pub use traffic::Traffic;
