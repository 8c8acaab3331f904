//! Somebody with a native client.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sotto_client::view::{self, AlarmKind, OutcomeKind, Stage, View};
use sotto_client::{Command, Output, Secret};
use sotto_protocol::{RoomHash, Seat};
use tokio::sync::watch;

use super::driver::{Act, Driver, Handle, News};
use super::socket::Place;

/// The phrase of every room in these tests: one run of Argon2id for all of them.
pub const PHRASE: &str = "amber rocket lantern";
/// How long something may take that should happen at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a person has in front of them.
#[derive(Debug, Clone, Default)]
struct Desk {
    view: Option<View>,
    draft: Option<String>,
    invitation: Option<(String, String)>,
    locked: Option<Locked>,
    /// How many commands were handled.
    handled: u32,
}

/// What a lock gave.
#[derive(Debug, Clone)]
pub struct Locked {
    bytes: Vec<u8>,
    pass_salt: [u8; 16],
    seat: Seat,
    room_hash: RoomHash,
}

/// Somebody with one tab.
pub struct Person {
    name: &'static str,
    handle: Handle,
    /// How many commands were given; `Start` is the driver's own.
    asked: AtomicU32,
    desk: watch::Receiver<Desk>,
}

fn typed(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

impl Person {
    /// Opens a tab on the relay at `host:port`, or at a place under TLS.
    pub fn at(place: impl Into<Place>, name: &'static str) -> Self {
        let (handle, mut news) = Driver::start(place.into());
        let (desk, seen) = watch::channel(Desk::default());
        tokio::spawn(async move {
            while let Some(news) = news.recv().await {
                desk.send_modify(|desk| match news {
                    News::Told(output) => desk.take(output),
                    News::Handled => desk.handled += 1,
                });
            }
        });
        Self {
            name,
            handle,
            asked: AtomicU32::new(1),
            desk: seen,
        }
    }

    /// Tells the session.
    pub fn asks(&self, command: Command) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.handle.act(Act::Command(command));
    }

    /// Loses the network for a moment, without a word to the relay.
    pub fn is_unplugged(&self) {
        self.handle.act(Act::Unplug);
    }

    /// Waits until the view is so.
    pub async fn until(&mut self, what: &str, is_so: impl Fn(&View) -> bool) -> Result<View> {
        let name = self.name;
        let desk = self
            .desk_until(&format!("{name}: {what}"), |desk| {
                desk.view.as_ref().is_some_and(&is_so)
            })
            .await?;
        desk.view.context("a view")
    }

    async fn desk_until(&mut self, what: &str, is_so: impl Fn(&Desk) -> bool) -> Result<Desk> {
        // What is shown from before the last command says nothing about it.
        let asked = self.asked.load(Ordering::Relaxed);
        let is_so = |desk: &Desk| desk.handled >= asked && is_so(desk);
        let found = tokio::time::timeout(PATIENCE, self.desk.wait_for(is_so)).await;
        let found = found.map(|desk| desk.map(|desk| desk.clone()));
        match found {
            Ok(desk) => Ok(desk?),
            Err(_) => bail!("{what}: waited in vain; the desk has {:#?}", *self.desk.borrow()),
        }
    }

    /// Waits until the room is so.
    pub async fn until_room(
        &mut self,
        what: &str,
        is_so: impl Fn(&view::Room) -> bool,
    ) -> Result<view::Room> {
        let view = self
            .until(what, |view| view.room.as_ref().is_some_and(&is_so))
            .await?;
        view.room.context("a room")
    }

    /// Starts a room.
    pub async fn starts(&mut self, passcode: &str, size: u8) -> Result<()> {
        let view = self
            .until("the relay's offers", |view| view.offers.is_some())
            .await?;
        let lifetime = view.offers.context("offers")?.lifetime;
        self.starts_for(passcode, size, lifetime).await
    }

    /// Starts a room that lives for so many seconds.
    pub async fn starts_for(&mut self, passcode: &str, size: u8, lifetime: u32) -> Result<()> {
        self.asks(Command::Create {
            phrase: typed(PHRASE),
            passcode: typed(passcode),
            nickname: typed(self.name),
            size,
            lifetime,
            word: typed(""),
        });
        self.is_in().await
    }

    /// Asks for a room for two at a relay that may ask for a word.
    pub async fn tries_to_start(&mut self, passcode: &str, word: &str) -> Result<()> {
        let view = self
            .until("the relay's offers", |view| view.offers.is_some())
            .await?;
        self.asks(Command::Create {
            phrase: typed(PHRASE),
            passcode: typed(passcode),
            nickname: typed(""),
            size: 2,
            lifetime: view.offers.context("offers")?.lifetime,
            word: typed(word),
        });
        Ok(())
    }

    /// Makes a code for a free seat, and reads it out.
    pub async fn invites(&mut self, seat: u8) -> Result<String> {
        Ok(self.makes_code(seat, false).await?.code)
    }

    /// Makes a code for a free seat, with a link if wanted.
    pub async fn makes_code(&mut self, seat: u8, with_link: bool) -> Result<view::Code> {
        let before = self.now()?.code;
        self.asks(Command::Invite {
            seat: Seat::new(seat).context("a seat")?,
            with_link,
        });
        let room = self
            .until_room("a new code", |room| room.code.is_some() && room.code != before)
            .await?;
        room.code.context("a code")
    }

    /// Asks to take a seat.
    pub fn tries_to_join(&self, code: &str, passcode: &str) {
        self.asks(Command::Join {
            phrase: typed(PHRASE),
            passcode: typed(passcode),
            code: typed(code),
            nickname: typed(self.name),
        });
    }

    /// Takes a seat.
    pub async fn joins(&mut self, code: &str, passcode: &str) -> Result<()> {
        self.tries_to_join(code, passcode);
        self.is_in().await
    }

    /// Asks to open the seat that this passcode opens.
    pub fn tries_to_open(&self, phrase: &str, passcode: &str) {
        self.asks(Command::Open {
            phrase: typed(phrase),
            passcode: typed(passcode),
        });
    }

    /// Opens the seat that this passcode opens.
    pub async fn opens(&mut self, passcode: &str) -> Result<()> {
        self.tries_to_open(PHRASE, passcode);
        self.is_in().await
    }

    /// Waits until the room is open.
    pub async fn is_in(&mut self) -> Result<()> {
        let view = self
            .until("an answer", |view| {
                view.failure.is_some() || view.stage == Stage::Room
            })
            .await?;
        match view.failure {
            None => Ok(()),
            Some(failure) => bail!("{}: {failure:?}", self.name),
        }
    }

    /// Waits until the room is what the relay says now.
    pub async fn is_live(&mut self) -> Result<()> {
        self.until("a live connection", |view| {
            view.stage == Stage::Room && view.connection == view::Connection::Live
        })
        .await
        .map(drop)
    }

    /// Sees that somebody has taken this seat.
    pub async fn has_company(&mut self, seat: usize) -> Result<()> {
        self.until_room("company", |room| {
            room.seats
                .get(seat)
                .is_some_and(|seat| seat.state == view::SeatKind::Held)
        })
        .await
        .map(drop)
    }

    /// Writes, and sees that the relay has it.
    pub async fn sends(&mut self, text: &str) -> Result<()> {
        self.tries(Command::Send { text: typed(text) }, OutcomeKind::Sent)
            .await
    }

    /// Edits, and sees that the relay has it.
    pub async fn edits(&mut self, text: &str) -> Result<()> {
        self.tries(Command::Edit { text: typed(text) }, OutcomeKind::Edited)
            .await
    }

    /// Deletes, and sees that the relay has done it.
    pub async fn deletes(&mut self) -> Result<()> {
        self.tries(Command::Delete, OutcomeKind::Deleted).await
    }

    /// Tries something, and is told that.
    pub async fn tries(&mut self, command: Command, expected: OutcomeKind) -> Result<()> {
        let before = self.count();
        self.asks(command);
        self.is_told_after(before, expected).await
    }

    /// How many outcomes there have been.
    pub fn count(&self) -> u32 {
        let desk = self.desk.borrow();
        let room = desk.view.as_ref().and_then(|view| view.room.as_ref());
        room.and_then(|room| room.outcome.as_ref())
            .map_or(0, |outcome| outcome.number)
    }

    /// Is told this, after so many others.
    pub async fn is_told_after(&mut self, before: u32, expected: OutcomeKind) -> Result<()> {
        let room = self
            .until_room("an outcome", |room| {
                room.outcome
                    .as_ref()
                    .is_some_and(|outcome| outcome.number > before)
            })
            .await?;
        let kind = room.outcome.map(|outcome| outcome.kind);
        if kind == Some(expected) {
            Ok(())
        } else {
            bail!("{}: expected {expected:?}, was told {kind:?}", self.name)
        }
    }

    /// Has this text in front of them.
    pub async fn sees(&mut self, text: &str) -> Result<view::Message> {
        let room = self
            .until_room(&format!("the text {text:?}"), |room| {
                room.message
                    .as_ref()
                    .is_some_and(|message| message.text.as_deref() == Some(text))
            })
            .await?;
        room.message.context("a message")
    }

    /// Has had the message in front of them for long enough.
    pub fn reads(&self, message: &view::Message) {
        self.asks(Command::Seen {
            turn: message.turn,
            rev: message.rev,
        });
    }

    /// Sees that this seat has read the message.
    pub async fn sees_read_by(&mut self, seat: u8) -> Result<()> {
        self.until_room("a receipt", |room| {
            room.message
                .as_ref()
                .is_some_and(|message| message.read_by.contains(&seat))
        })
        .await
        .map(drop)
    }

    /// Locks the tab, which is of no use any more.
    pub async fn locks(mut self, draft: &str) -> Result<Locked> {
        self.asks(Command::Lock { draft: typed(draft) });
        let desk = self.desk_until("a lock", |desk| desk.locked.is_some()).await?;
        desk.locked.context("a lock")
    }

    /// Resumes what was locked.
    pub async fn resumes(&mut self, locked: &Locked, passcode: &str) -> Result<()> {
        self.tries_to_resume(locked, passcode);
        self.is_in().await
    }

    /// Asks to resume what was locked.
    pub fn tries_to_resume(&self, locked: &Locked, passcode: &str) {
        let Locked {
            bytes,
            pass_salt,
            seat,
            room_hash,
        } = locked.clone();
        let passcode = typed(passcode);
        self.asks(Command::Resume {
            locked: bytes,
            pass_salt,
            seat,
            room_hash,
            passcode,
        });
    }

    /// What stood in the composer when it was locked.
    pub async fn finds_draft(&mut self) -> Result<String> {
        let desk = self.desk_until("a draft", |desk| desk.draft.is_some()).await?;
        desk.draft.context("a draft")
    }

    /// Taps a link; gives the phrase and the code that it leads to.
    pub async fn redeems(&mut self, fragment: &str) -> Result<(String, String)> {
        self.asks(Command::Redeem {
            invitation: typed(fragment),
        });
        let is_done = |desk: &Desk| {
            desk.invitation.is_some() || desk.view.as_ref().is_some_and(|view| view.failure.is_some())
        };
        let desk = self.desk_until("an invitation", is_done).await?;
        desk.invitation.context("the invitation was not there")
    }

    /// The room as it is shown.
    pub fn now(&self) -> Result<view::Room> {
        let desk = self.desk.borrow();
        let room = desk.view.as_ref().and_then(|view| view.room.clone());
        room.context("no room is open")
    }

    /// The alarms that are shown.
    pub fn alarms(&self) -> Result<Vec<AlarmKind>> {
        Ok(self.now()?.alarms.iter().map(|alarm| alarm.kind).collect())
    }
}

impl Desk {
    fn take(&mut self, output: Output) {
        match output {
            Output::View(view) => self.view = Some(*view),
            Output::Draft { text } => self.draft = Some(String::from_utf8_lossy(&text).into_owned()),
            Output::Invitation { phrase, code } => {
                self.invitation = Some((String::from_utf8_lossy(&phrase).into_owned(), code));
            }
            Output::Locked {
                bytes,
                pass_salt,
                seat,
                room_hash,
            } => {
                self.locked = Some(Locked {
                    bytes,
                    pass_salt,
                    seat,
                    room_hash,
                });
            }
            _ => {}
        }
    }
}
