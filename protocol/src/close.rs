//! The codes with which the relay closes a WebSocket, beyond those of RFC 6455, section 7.4.1.
//! `docs/protocol.md` has the table of what leads to each.

/// A frame that is not deterministic CBOR of a known shape.
pub const MALFORMED: u16 = 4000;
/// A command with a number that this version does not know.
pub const UNKNOWN: u16 = 4001;
/// The client reads too slowly: what is queued for it exceeds its share.
pub const TOO_SLOW: u16 = 4002;
/// The client sends faster than any person or page would.
pub const TOO_FAST: u16 = 4003;
/// Too many connections or requests from one source (an address, or its network).
pub const TOO_MANY: u16 = 4004;
/// No seat was opened on it, and nothing asked, for too long. Nothing is lost: a client connects when it has something to ask.
pub const UNOPENED: u16 = 4005;
/// The room has ended, by hand or by time.
pub const ENDED: u16 = 4010;
/// The seat was vacated on another connection.
pub const VACATED: u16 = 4011;
/// The seat's passcode was changed on another connection.
pub const PASSCODE_CHANGED: u16 = 4012;
/// A guess at the present passcode was wrong.
pub const WRONG_PASSCODE: u16 = 4013;
/// A fault in the relay; nothing of the command that led to it is known to be lost or done.
pub const FAULT: u16 = 1011;
/// The relay is shutting down or restarting.
pub const GOING_AWAY: u16 = 1001;
/// A frame that breaks RFC 6455: not masked, reserved bits or opcodes.
pub const PROTOCOL: u16 = 1002;
/// A text frame: only binary ones are spoken here.
pub const NOT_BINARY: u16 = 1003;
/// A frame longer than [`crate::limits::FRAME`].
pub const TOO_LONG: u16 = 1009;
