//! What goes into a session and what comes out.

use alloc::{boxed::Box, string::String, vec::Vec};

use sotto_crypto::Typed;
use sotto_protocol::{CommandKind, Habits, Nonce, RoomHash, Seat, Solution, Subject};
use zeroize::Zeroizing;

use crate::view::View;

/// Bytes that are wiped when they are dropped: what a person typed, or keys.
pub type Secret = Zeroizing<Vec<u8>>;

/// What happened.
pub enum Input {
    /// The page asks for something.
    Command(Command),
    /// The socket that was asked for is open.
    Connected,
    /// A binary frame came in.
    Frame(Vec<u8>),
    /// The socket is closed, or could not be opened (then the code is 1006).
    Closed(u16),
    /// The socket could not be opened, for the relay names no version of the protocol that this client speaks.
    Outdated,
    /// An [`Output::Stretch`] was done, or could not be.
    Stretched {
        /// The number of the order.
        id: u32,
        /// 32 bytes and, after them, a phrase in its normal form; empty if the text cannot be used; none if there was no
        /// memory.
        bytes: Option<Secret>,
    },
    /// An [`Output::Solve`] was done.
    Solved {
        /// The number of the order.
        id: u32,
        /// What came out.
        solution: Solution,
    },
    /// The time of an [`Output::Wake`] has come.
    Tick,
}

/// What the page asks for.
pub enum Command {
    /// Connect, to learn what the relay offers; nothing is told to it.
    Start,
    /// Open a seat.
    Open {
        /// The room's phrase, as typed.
        phrase: Secret,
        /// The seat's passcode, as typed.
        passcode: Secret,
    },
    /// Start a room.
    Create {
        /// The room's phrase, as typed.
        phrase: Secret,
        /// The passcode of seat 0, as typed.
        passcode: Secret,
        /// The name of its person; empty for none.
        nickname: Secret,
        /// How many seats, 2 to 8.
        size: u8,
        /// How long the room lives, in seconds.
        lifetime: u32,
        /// The word that the relay asks for, without white space at its ends; empty for none.
        word: Secret,
    },
    /// Take a free seat.
    Join {
        /// The room's phrase, as typed.
        phrase: Secret,
        /// The new passcode, as typed.
        passcode: Secret,
        /// The seat's one-time code, as typed.
        code: Secret,
        /// The name of the seat's person; empty for none.
        nickname: Secret,
    },
    /// Fetch and open the sealed invitation that a link named.
    Redeem {
        /// What stands in the link's fragment: 32 hexadecimal digits.
        invitation: Secret,
    },
    /// Which of several seats to open.
    Choose {
        /// One of the view's choices.
        seat: Seat,
    },
    /// Open again what was locked.
    Resume {
        /// What [`Output::Locked`] gave.
        locked: Vec<u8>,
        /// The salt that came with it.
        pass_salt: [u8; 16],
        /// The seat that came with it.
        seat: Seat,
        /// The room that came with it.
        room_hash: RoomHash,
        /// The passcode, as typed.
        passcode: Secret,
    },
    /// Write the next message.
    Send {
        /// UTF-8, 1 to 16,383 bytes.
        text: Secret,
    },
    /// Put another text in place of my unread message.
    Edit {
        /// UTF-8, 1 to 16,383 bytes.
        text: Secret,
    },
    /// Take my unread message away.
    Delete,
    /// The message was visible for long enough to be read.
    Seen {
        /// The turn that was visible.
        turn: u64,
        /// The revision that was visible.
        rev: u32,
    },
    /// A key was pressed in the composer.
    Typing,
    /// What this tab sends of itself from now on; the others are told.
    Habits(Habits),
    /// Whether messages of others are covered until the person asks for them.
    Cover {
        /// Whether they are.
        on: bool,
    },
    /// Uncovers the message that stands, or covers it again.
    Uncover {
        /// Whether it is shown.
        shown: bool,
    },
    /// Make a code for a free seat; with a link, for the code that is shown if it is this seat's.
    Invite {
        /// The seat.
        seat: Seat,
        /// Whether a sealed invitation is left with the relay, for a link.
        with_link: bool,
    },
    /// Make a seat's code worthless.
    Withdraw {
        /// The seat.
        seat: Seat,
    },
    /// Change the passcode.
    Passcode {
        /// The present one, as typed.
        present: Secret,
        /// The new one, as typed.
        next: Secret,
    },
    /// Let the room live for this long from now, in seconds.
    Extend {
        /// One of the offered lifetimes.
        lifetime: u32,
    },
    /// End the room for all.
    End,
    /// Free my seat.
    Leave,
    /// Seal everything under the passcode and forget it.
    Lock {
        /// What stands in the composer.
        draft: Secret,
    },
    /// The person says whether they have compared the safety words of a seat.
    Compared {
        /// The seat.
        seat: Seat,
        /// Whether they have.
        compared: bool,
    },
    /// The person has compared the safety words of a seat that holds other keys than before.
    Confirm {
        /// The seat.
        seat: Seat,
    },
    /// The browser says that the network or the tab is back.
    Wake,
    /// Forget everything and go back to the entry form.
    Close,
}

/// What is to be done.
#[derive(Debug)]
pub enum Output {
    /// Open a socket. Whatever there was of an earlier one is dropped, and nothing more of it is passed in.
    Connect,
    /// Close the socket; nothing more of it is passed in.
    Disconnect,
    /// Send a binary frame.
    Send(Vec<u8>),
    /// Bring a text into its normal form, run Argon2id over it, and come back with [`Input::Stretched`].
    Stretch {
        /// The number of this order.
        id: u32,
        /// What the text is.
        what: Typed,
        /// What was typed.
        text: Secret,
        /// The salt.
        salt: [u8; 16],
    },
    /// Solve a puzzle ([`sotto_protocol::hash::solve`]) and come back with [`Input::Solved`]; up to a million hashes.
    Solve {
        /// The number of this order.
        id: u32,
        /// The puzzle's nonce.
        nonce: Nonce,
        /// What it is solved for.
        kind: CommandKind,
        /// What it is solved for.
        subject: Subject,
        /// Its price.
        bits: u8,
    },
    /// Show this from now on.
    View(Box<View>),
    /// Everything is sealed and forgotten: keep this until the person comes back.
    Locked {
        /// What is sealed.
        bytes: Vec<u8>,
        /// The salt of the run of Argon2id that opens it.
        pass_salt: [u8; 16],
        /// The seat.
        seat: Seat,
        /// The room.
        room_hash: RoomHash,
    },
    /// What the invitation held: for the form to join with.
    Invitation {
        /// The room's phrase.
        phrase: Secret,
        /// The seat's code, in groups.
        code: String,
    },
    /// What stood in the composer when the session was locked.
    Draft {
        /// UTF-8.
        text: Secret,
    },
    /// Come back with [`Input::Tick`] at this time; replaces the time that was asked for before.
    Wake {
        /// In the milliseconds of the `now_ms` that was passed in.
        at_ms: u64,
    },
}
