//! What the page shows: one plain value, made anew after every change, with no key in it.
//!
//! The worker hands it to the page as a JavaScript object, with the names that stand beside each field and variant; an
//! absent value is `null`. The page draws it and decides nothing.

use alloc::{string::String, vec::Vec};

use sotto_protocol::Refusal;

use crate::names::{fields, names};

fields! {
    /// Everything that the page shows.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct View {
        /// Which page is shown.
        pub stage: Stage = "stage",
        /// What is being done while `stage` is `working`.
        pub work: Option<Work> = "work",
        /// Why the last opening, joining or starting failed; the page has one sentence for each.
        pub failure: Option<Failure> = "failure",
        /// How the connection is.
        pub connection: Connection = "connection",
        /// The code with which the last connection was closed; 0 before that. The page has a sentence for what the relay
        /// means by it.
        pub closed: u16 = "closed",
        /// What a new room can be, once the relay has said so.
        pub offers: Option<Offers> = "offers",
        /// While `stage` is `choose`: the seats that the passcode opens.
        pub choices: Vec<u8> = "choices",
        /// The room, while one is open (also while the connection is away).
        pub room: Option<Room> = "room",
        /// How the room ended, while `stage` is `ended`.
        pub ending: Option<Ending> = "ending",
    }
}

names! {
    /// Which page is shown.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Stage {
        /// The entry form, and the forms behind its buttons.
        Entry = "entry",
        /// Opening, joining, starting or resuming.
        Working = "working",
        /// The passcode opens several seats: which one?
        Choose = "choose",
        /// The room.
        Room = "room",
        /// The room is over for this seat.
        Ended = "ended",
    }
}

names! {
    /// What is being done, in the order in which it is done.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Work {
        /// Waiting for the relay.
        Connecting = "connecting",
        /// Argon2id over the phrase.
        StretchingPhrase = "stretching-phrase",
        /// Argon2id over the passcode.
        StretchingPasscode = "stretching-passcode",
        /// Solving the relay's puzzle.
        Puzzle = "puzzle",
        /// Waiting for the relay's answer.
        Asking = "asking",
    }
}

names! {
    /// Why it failed. Nothing was stored, and the page keeps what was typed in fields that are not secret.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Failure {
        /// The relay refused: that did not open a room.
        Refused = "refused",
        /// The phrase is empty, too long, or has characters that nobody types.
        BadPhrase = "bad-phrase",
        /// The passcode is empty, too long, or has characters that nobody types.
        BadPasscode = "bad-passcode",
        /// The code is not of the form of a code.
        BadCode = "bad-code",
        /// The nickname is too long, or has invisible characters.
        BadNickname = "bad-nickname",
        /// The relay speaks another version: reload the page.
        Version = "version",
        /// The relay did something that no honest relay does, while opening.
        Dishonest = "dishonest",
        /// The relay cannot store at the moment.
        Unavailable = "unavailable",
        /// Too much came from this network in a short time.
        TooMany = "too-many",
        /// The relay takes no new rooms, for it is full.
        Full = "full",
        /// The browser did not give the 64 MiB that a run of Argon2id takes.
        Memory = "memory",
        /// The invitation is not there (used, withdrawn or lapsed), or its content does not open.
        NoInvitation = "no-invitation",
        /// The passcode does not open what was locked.
        WrongPasscode = "wrong-passcode",
        /// The word that the relay asks for, before it makes a room, was missing or wrong.
        WrongWord = "wrong-word",
    }
}

impl Failure {
    /// What a refusal on the way into a seat comes to, but for those that have a meaning of their own there.
    pub(crate) const fn of(why: &Refusal) -> Self {
        match why {
            Refusal::Unavailable => Self::Unavailable,
            Refusal::TooMany => Self::TooMany,
            Refusal::Full => Self::Full,
            Refusal::WrongWord => Self::WrongWord,
            _ => Self::Dishonest,
        }
    }
}

names! {
    /// How the connection is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Connection {
        /// None is wanted.
        Idle = "idle",
        /// Being made; what is shown may be old.
        Checking = "checking",
        /// What is shown is what the relay says now.
        Live = "live",
        /// Lost; the next attempt is under way or waits.
        Away = "away",
        /// The relay speaks another version: reload the page. No attempt is made.
        Outdated = "outdated",
    }
}

fields! {
    /// What a new room can be.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Offers {
        /// How long it may live, in seconds, shortest first.
        pub lifetimes: Vec<u32> = "lifetimes",
        /// Which of them is offered first.
        pub lifetime: u32 = "lifetime",
        /// Whether it takes a word that the operator gives out.
        pub word: bool = "word",
    }
}

fields! {
    /// The room.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Room {
        /// My seat.
        pub me: u8 = "me",
        /// How many seats the room has.
        pub size: u8 = "size",
        /// The number of the room's last message, 0 before the first.
        pub turn: u64 = "turn",
        /// The end of the room, in Unix seconds by the relay's clock, rounded up.
        pub expires_at: u64 = "expiresAt",
        /// The relay's clock less this device's, in seconds.
        pub clock_offset: i64 = "clockOffset",
        /// Every seat of the room, in order, mine included.
        pub seats: Vec<SeatView> = "seats",
        /// The one message, if one stands.
        pub message: Option<Message> = "message",
        /// The last message was deleted: what is known of it.
        pub deleted: Option<Deleted> = "deleted",
        /// Whether messages of others are covered until I ask for them.
        pub cover: bool = "cover",
        /// Whether I may write the next message.
        pub can_send: bool = "canSend",
        /// Whether I may edit and delete the standing message.
        pub can_edit: bool = "canEdit",
        /// The seats that are writing just now, mine never.
        pub typing: Vec<u8> = "typing",
        /// The code that was made last in this tab, to hand over.
        pub code: Option<Code> = "code",
        /// What is on its way to the relay.
        pub sending: Option<Sending> = "sending",
        /// What became of the last thing that was tried; `number` counts up, so that the page says each once.
        pub outcome: Option<Outcome> = "outcome",
        /// What the relay, or another seat, did that no honest one does; newest last. The last good state stays shown.
        pub alarms: Vec<Alarm> = "alarms",
    }
}

fields! {
    /// One seat.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct SeatView {
        /// Its number.
        pub seat: u8 = "seat",
        /// Free, invited or held.
        pub state: SeatKind = "state",
        /// The person's name, where one was given.
        pub nickname: Option<String> = "nickname",
        /// Whether it has an open connection (always true of mine while live).
        pub present: bool = "present",
        /// The safety words: six numbers, each the place of a word in the list.
        pub words: Option<[u16; 6]> = "words",
        /// Whether I said that I have compared these words.
        pub compared: bool = "compared",
        /// Whether it says that it sends receipts: of mine, whether this tab does.
        pub receipts: bool = "receipts",
        /// Whether it says that it tells when it writes: of mine, whether this tab does.
        pub typing: bool = "typing",
        /// The seat holds keys that had left, or other keys than before: nothing is sealed to it until confirmed.
        pub unconfirmed: bool = "unconfirmed",
    }
}

names! {
    /// What a seat is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[expect(missing_docs, reason = "as in the protocol's SeatState")]
    pub enum SeatKind {
        Free = "free",
        Invited = "invited",
        Held = "held",
    }
}

fields! {
    /// The one message.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Message {
        /// Its number.
        pub turn: u64 = "turn",
        /// Its revision; above 0 it was edited.
        pub rev: u32 = "rev",
        /// Its author.
        pub author: u8 = "author",
        /// Whether I wrote it.
        pub mine: bool = "mine",
        /// The text; none where it is covered, or was not sealed to my seat (I came later).
        pub text: Option<String> = "text",
        /// The text is there and covered: I have not asked for it.
        pub covered: bool = "covered",
        /// Seats that proved that they read this revision.
        pub read_by: Vec<u8> = "readBy",
        /// Seats that proved that they read an earlier revision only.
        pub read_earlier_by: Vec<u8> = "readEarlierBy",
        /// Held seats, the author's apart, that have not proved that they read it.
        pub unread_by: Vec<u8> = "unreadBy",
        /// Whether it can no longer be edited or deleted.
        pub was_read: bool = "wasRead",
        /// Whether its author proved to have read the message that it answered (shown to that message's author).
        pub answer_was_receipt: bool = "answerWasReceipt",
        /// Seats that it is sealed to and that I do not know with these keys.
        pub unknown_readers: Vec<u8> = "unknownReaders",
        /// Held seats that it is not sealed to.
        pub missing_readers: Vec<u8> = "missingReaders",
    }
}

fields! {
    /// A message that was deleted.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Deleted {
        /// Its number.
        pub turn: u64 = "turn",
        /// Its author.
        pub author: u8 = "author",
        /// Whether the author's proof of it was there and right; if not, the relay may have taken it away.
        pub proven: bool = "proven",
    }
}

fields! {
    /// A one-time code to hand over.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Code {
        /// The seat that it claims.
        pub seat: u8 = "seat",
        /// The code, in groups: `1-K7QF2-M9XTB`.
        pub code: String = "code",
        /// What a link carries in its fragment, where one was asked for: 32 hexadecimal digits.
        pub invitation: Option<String> = "invitation",
    }
}

names! {
    /// What is on its way.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[expect(missing_docs, reason = "each is the command of that name")]
    pub enum Sending {
        Send = "send",
        Edit = "edit",
        Delete = "delete",
        Passcode = "passcode",
        Vacate = "vacate",
        Expire = "expire",
    }
}

fields! {
    /// What became of something that was tried.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Outcome {
        /// Counts up by one with each outcome in this tab.
        pub number: u32 = "number",
        /// What happened.
        pub kind: OutcomeKind = "kind",
    }
}

names! {
    /// What happened.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum OutcomeKind {
        /// My message is with the relay: the page empties the composer.
        Sent = "sent",
        /// My edit is with the relay.
        Edited = "edited",
        /// My message is deleted.
        Deleted = "deleted",
        /// Someone else's message was first, or the room changed: nothing was sent, the draft stays.
        Conflict = "conflict",
        /// It had been read already: not edited, not deleted.
        AlreadyRead = "already-read",
        /// The text is longer than 16,383 bytes, or empty.
        BadText = "bad-text",
        /// The passcode was changed.
        PasscodeChanged = "passcode-changed",
        /// The present passcode was wrong; nothing was changed.
        WrongPasscode = "wrong-passcode",
        /// The new passcode cannot be used.
        BadPasscode = "bad-passcode",
        /// The end of the room is later now.
        Extended = "extended",
        /// The code was withdrawn.
        Withdrawn = "withdrawn",
        /// The seat is no longer free, so there is no code for it.
        SeatTaken = "seat-taken",
        /// The relay did not do it and said why in a way that has no sentence of its own; nothing has changed.
        Refused = "refused",
        /// The relay could not store; trying again does no harm.
        Unavailable = "unavailable",
        /// Too much came from this network in a short time: it was not done.
        TooMany = "too-many",
        /// The relay is full: it was not done.
        Full = "full",
    }
}

fields! {
    /// Something that no honest relay, and no honest neighbour, does.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Alarm {
        /// What.
        pub kind: AlarmKind = "kind",
        /// The seat that it is about, if any.
        pub seat: Option<u8> = "seat",
    }
}

names! {
    /// The named events of refusal. The page has a sentence for each.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum AlarmKind {
        /// The room went back to an earlier turn or revision.
        RolledBack = "rolled-back",
        /// Another message with a turn and revision that were seen already.
        Replayed = "replayed",
        /// The message does not follow the one that was seen.
        ChainBroken = "chain-broken",
        /// The message does not open: altered, sealed for someone else, or by someone else.
        DoesNotOpen = "does-not-open",
        /// The message claims an author that did not seal it, or the relay says another author than the header.
        WrongAuthor = "wrong-author",
        /// The header's cards for me or the author are not the ones that I know.
        OtherCards = "other-cards",
        /// A read receipt whose proof is missing or wrong: not shown as a receipt.
        FalseReceipt = "false-receipt",
        /// A deletion whose proof is missing or wrong: shown as taken away, not as deleted by its author.
        FalseDelete = "false-delete",
        /// An end of the room whose proof is missing or wrong: shown as ended by the relay.
        FalseEnd = "false-end",
        /// A card that does not open under the phrase.
        BadCard = "bad-card",
        /// My own card does not hold my own keys.
        OwnCardChanged = "own-card-changed",
        /// Two seats have an equal public key.
        EqualKeys = "equal-keys",
        /// A seat's card was replaced by another while its person had not left.
        CardReplaced = "card-replaced",
        /// A card that had left came back.
        CardReturned = "card-returned",
        /// A seat vanished, or appeared outside the room's size.
        SeatOutOfPlace = "seat-out-of-place",
        /// The answer does not fit the question, or a frame is not of the protocol.
        BadFrame = "bad-frame",
    }
}

names! {
    /// How the room ended for this seat.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Ending {
        /// I ended it, or another seat did and proved it.
        ByHand = "by-hand",
        /// Its time was over, as its end that the page showed says, to within two seconds.
        ByTime = "by-time",
        /// The relay says that it is over; nobody proved it.
        Unproven = "unproven",
        /// I left, here or on another device.
        Left = "left",
        /// The passcode was changed on another device: open again with the new one.
        PasscodeChanged = "passcode-changed",
    }
}

#[cfg(test)]
mod tests {
    use super::{AlarmKind, Connection, Ending, Failure, OutcomeKind, SeatKind, Sending, Stage, Work};

    /// The words of a type in the page's declarations: `export type Stage = "entry" | ..;`
    fn declared(name: &str) -> Vec<&'static str> {
        let declarations = include_str!("../../www/types.d.ts");
        let (_, after) = declarations.split_once(&format!("export type {name} =")).unwrap();
        let (words, _) = after.split_once(';').unwrap();
        words.split('"').skip(1).step_by(2).collect()
    }

    fn words<T>(all: &[(T, &'static str)]) -> Vec<&'static str> {
        all.iter().map(|(_, word)| *word).collect()
    }

    #[test]
    fn the_page_declares_the_same_words() {
        assert_eq!(declared("Stage"), words(Stage::ALL));
        assert_eq!(declared("Work"), words(Work::ALL));
        assert_eq!(declared("Failure"), words(Failure::ALL));
        assert_eq!(declared("Connection"), words(Connection::ALL));
        assert_eq!(declared("Sending"), words(Sending::ALL));
        assert_eq!(declared("OutcomeKind"), words(OutcomeKind::ALL));
        assert_eq!(declared("AlarmKind"), words(AlarmKind::ALL));
        assert_eq!(declared("Ending"), words(Ending::ALL));
        assert_eq!(declared("SeatKind"), words(SeatKind::ALL));
    }
}
