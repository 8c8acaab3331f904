//! Sotto's client: a session that does no I/O, and the bindings of the worker that runs it.

pub mod view;
