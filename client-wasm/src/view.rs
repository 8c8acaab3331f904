//! What the page shows: one plain value, made anew after every change, with no key in it.
//!
//! The worker hands it to the page as a JavaScript object with the same names in camel case; an absent value is
//! `null`, an enum is its name in kebab case. The page draws it and decides nothing.

use serde::Serialize;

/// Everything that the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Which page is shown.
    pub stage: Stage,
    /// What is being done while `stage` is `working`.
    pub work: Option<Work>,
    /// Why the last opening, joining or starting failed; the page has one sentence for each.
    pub failure: Option<Failure>,
    /// How the connection is.
    pub connection: Connection,
    /// What a new room can be, once the relay has said so.
    pub offers: Option<Offers>,
    /// While `stage` is `choose`: the seats that the passcode opens.
    pub choices: Vec<u8>,
    /// The room, while one is open (also while the connection is away).
    pub room: Option<Room>,
    /// How the room ended, while `stage` is `ended`.
    pub ending: Option<Ending>,
}

/// Which page is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The entry form, and the forms behind its buttons.
    Entry,
    /// Opening, joining, starting or resuming.
    Working,
    /// The passcode opens several seats: which one?
    Choose,
    /// The room.
    Room,
    /// The room is over for this seat.
    Ended,
}

/// What is being done, in the order in which it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Waiting for the relay.
    Connecting,
    /// Argon2id over the phrase.
    StretchingPhrase,
    /// Argon2id over the passcode.
    StretchingPasscode,
    /// Solving the relay's puzzle.
    Puzzle,
    /// Waiting for the relay's answer.
    Asking,
}

/// Why it failed. Nothing was stored, and the page keeps what was typed in fields that are not secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The relay refused: that did not open a room.
    Refused,
    /// The phrase is empty, too long, or has characters that nobody types.
    BadPhrase,
    /// The passcode is empty, too long, or has characters that nobody types.
    BadPasscode,
    /// The code is not of the form of a code.
    BadCode,
    /// The nickname is too long, or has invisible characters.
    BadNickname,
    /// The relay speaks another version: reload the page.
    Version,
    /// The relay did something that no honest relay does, while opening.
    Dishonest,
    /// The relay cannot store at the moment.
    Unavailable,
    /// The browser did not give the 64 MiB that a run of Argon2id takes.
    Memory,
    /// The invitation is not there (used, withdrawn or lapsed), or its content does not open.
    NoInvitation,
    /// The seat's passcode was changed on another device.
    PasscodeChanged,
}

/// How the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connection {
    /// None is wanted.
    Idle,
    /// Being made; what is shown may be old.
    Checking,
    /// What is shown is what the relay says now.
    Live,
    /// Lost; the next attempt is under way or waits.
    Away,
}

/// What a new room can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Offers {
    /// How long it may live, in seconds, shortest first.
    pub lifetimes: Vec<u32>,
    /// Which of them is offered first.
    pub lifetime: u32,
}

/// The room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// My seat.
    pub me: u8,
    /// How many seats the room has.
    pub size: u8,
    /// The number of the room's last message, 0 before the first.
    pub turn: u64,
    /// The end of the room, in Unix seconds by the relay's clock, rounded up.
    pub expires_at: u64,
    /// The relay's clock less this device's, in seconds.
    pub clock_offset: i64,
    /// Every seat of the room, in order, mine included.
    pub seats: Vec<SeatView>,
    /// The one message, if one stands.
    pub message: Option<Message>,
    /// The last message was deleted: what is known of it.
    pub deleted: Option<Deleted>,
    /// Whether I may write the next message.
    pub can_send: bool,
    /// Whether I may edit and delete the standing message.
    pub can_edit: bool,
    /// The seats that are writing just now, mine never.
    pub typing: Vec<u8>,
    /// The code that was made last in this tab, to hand over.
    pub code: Option<Code>,
    /// What is on its way to the relay.
    pub sending: Option<Sending>,
    /// What became of the last thing that was tried; `number` counts up, so that the page says each once.
    pub outcome: Option<Outcome>,
    /// What the relay, or another seat, did that no honest one does; newest last. The last good state stays shown.
    pub alarms: Vec<Alarm>,
}

/// One seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SeatView {
    /// Its number.
    pub seat: u8,
    /// Free, invited or held.
    pub state: SeatKind,
    /// The person's name, where one was given.
    pub nickname: Option<String>,
    /// Whether it has an open connection (always true of mine while live).
    pub present: bool,
    /// The safety words: six numbers, each the place of a word in the list.
    pub words: Option<[u16; 6]>,
    /// The seat holds keys that had left, or other keys than before: nothing is sealed to it until confirmed.
    pub unconfirmed: bool,
}

/// What a seat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "as in the protocol's SeatState")]
pub enum SeatKind {
    Free,
    Invited,
    Held,
}

/// The one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its number.
    pub turn: u64,
    /// Its revision; above 0 it was edited.
    pub rev: u32,
    /// Its author.
    pub author: u8,
    /// Whether I wrote it.
    pub mine: bool,
    /// The text; none where it was not sealed to my seat (I came later).
    pub text: Option<String>,
    /// Seats that proved that they read this revision.
    pub read_by: Vec<u8>,
    /// Seats that proved that they read an earlier revision only.
    pub read_earlier_by: Vec<u8>,
    /// Held seats, the author's apart, that have not proved that they read it.
    pub unread_by: Vec<u8>,
    /// Whether it can no longer be edited or deleted.
    pub was_read: bool,
    /// Whether its author proved to have read the message that it answered (shown to that message's author).
    pub answer_was_receipt: bool,
    /// Seats that it is sealed to and that I do not know with these keys.
    pub unknown_readers: Vec<u8>,
    /// Held seats that it is not sealed to.
    pub missing_readers: Vec<u8>,
}

/// A message that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    /// Its number.
    pub turn: u64,
    /// Its author.
    pub author: u8,
    /// Whether the author's proof of it was there and right; if not, the relay may have taken it away.
    pub proven: bool,
}

/// A one-time code to hand over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Code {
    /// The seat that it claims.
    pub seat: u8,
    /// The code, in groups: `1-K7QF2-M9XTB`.
    pub code: String,
    /// What a link carries in its fragment, where one was asked for: 32 hexadecimal digits.
    pub invitation: Option<String>,
}

/// What is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the command of that name")]
pub enum Sending {
    Send,
    Edit,
    Delete,
    Passcode,
    Vacate,
    Expire,
}

/// What became of something that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Counts up by one with each outcome in this tab.
    pub number: u32,
    /// What happened.
    pub kind: OutcomeKind,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// My message is with the relay: the page empties the composer.
    Sent,
    /// My edit is with the relay.
    Edited,
    /// My message is deleted.
    Deleted,
    /// Someone else's message was first, or the room changed: nothing was sent, the draft stays.
    Conflict,
    /// It had been read already: not edited, not deleted.
    AlreadyRead,
    /// The text is longer than 16,383 bytes, or empty.
    BadText,
    /// The passcode was changed.
    PasscodeChanged,
    /// The present passcode was wrong; nothing was changed.
    WrongPasscode,
    /// The new passcode cannot be used.
    BadPasscode,
    /// The end of the room is later now.
    Extended,
    /// The code was withdrawn.
    Withdrawn,
    /// The seat is no longer free, so there is no code for it.
    SeatTaken,
    /// The relay did not do it and said why in a way that has no sentence of its own; nothing has changed.
    Refused,
    /// The relay could not store; trying again does no harm.
    Unavailable,
}

/// Something that no honest relay, and no honest neighbour, does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarm {
    /// What.
    pub kind: AlarmKind,
    /// The seat that it is about, if any.
    pub seat: Option<u8>,
}

/// The named events of refusal. The page has a sentence for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// The room went back to an earlier turn or revision.
    RolledBack,
    /// Another message with a turn and revision that were seen already.
    Replayed,
    /// The message does not follow the one that was seen.
    ChainBroken,
    /// The message does not open: altered, sealed for someone else, or by someone else.
    DoesNotOpen,
    /// The message claims an author that did not seal it, or the relay says another author than the header.
    WrongAuthor,
    /// The header's cards for me or the author are not the ones that I know.
    OtherCards,
    /// A read receipt whose proof is missing or wrong: not shown as a receipt.
    FalseReceipt,
    /// A deletion whose proof is missing or wrong: shown as taken away, not as deleted by its author.
    FalseDelete,
    /// An end of the room whose proof is missing or wrong: shown as ended by the relay.
    FalseEnd,
    /// A card that does not open under the phrase.
    BadCard,
    /// My own card does not hold my own keys.
    OwnCardChanged,
    /// Two seats have an equal public key.
    EqualKeys,
    /// A seat's card was replaced by another while its person had not left.
    CardReplaced,
    /// A card that had left came back.
    CardReturned,
    /// A seat vanished, or appeared outside the room's size.
    SeatOutOfPlace,
    /// The answer does not fit the question, or a frame is not of the protocol.
    BadFrame,
}

/// How the room ended for this seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// I ended it, or another seat did and proved it.
    ByHand,
    /// Its time was over, as its end that the page showed says.
    ByTime,
    /// The relay says that it is over; nobody proved it.
    Unproven,
    /// I left, here or on another device.
    Left,
    /// The passcode was changed on another device: open again with the new one.
    PasscodeChanged,
}
