//! People, their sessions, and the wires between them and the relay.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test's own scaffolding: it fails the test"
)]

use std::collections::VecDeque;

use sotto_client::view::{self, AlarmKind, OutcomeKind, Stage as Page, View};
use sotto_client::{Command, Input, Output, Secret, Session};
use sotto_protocol::{CommandKind, Request, RoomHash, Seat, ServerFrame, decode, encode, hash};

use super::relay::{Down, HonestRelay, Queue};
use crate::native::{random, stretched};

/// One of the people on the stage.
pub type Who = usize;

/// What a lock gave: to be resumed with.
#[derive(Debug, Clone)]
pub struct Locked {
    bytes: Vec<u8>,
    pass_salt: [u8; 16],
    seat: Seat,
    room_hash: RoomHash,
}

/// One tab.
struct Tab {
    session: Session,
    connection: Option<usize>,
    inbox: VecDeque<Down>,
    view: Option<View>,
    due: Option<u64>,
    locked: Option<Locked>,
    draft: Option<String>,
    invitation: Option<(String, String)>,
    /// Nothing that the honest relay says gets through.
    is_deaf: bool,
    /// Nothing that the session says gets through.
    is_mute: bool,
    /// Answers to commands of this kind are lost, with all that comes after them.
    loses: Option<CommandKind>,
    /// How often a connection was asked for.
    connects: u32,
}

/// The whole scene.
pub struct Stage {
    relay: HonestRelay,
    tabs: Vec<Tab>,
    now: u64,
    /// Nobody can connect.
    is_dark: bool,
    /// Everything that the honest relay meant for each tab, heard or not.
    record: Vec<(Who, ServerFrame)>,
    /// What happened to a session while another input was handled.
    inputs: VecDeque<(Who, Input)>,
    /// Everything that the sessions said.
    said: Vec<(Who, Vec<u8>)>,
}

/// The phrase of every room here.
pub const PHRASE: &str = "amber rocket lantern";

/// Bytes of a text that somebody typed.
pub fn typed(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            relay: HonestRelay::default(),
            tabs: Vec::new(),
            now: 1_800_000_000_000,
            is_dark: false,
            record: Vec::new(),
            inputs: VecDeque::new(),
            said: Vec::new(),
        }
    }
}

impl Stage {
    /// A room of `size` seats in which the first `people` sit, each in one tab. They have met: nobody has an alarm.
    pub fn room(people: usize, size: u8) -> Self {
        let mut stage = Self::default();
        let first = stage.tab();
        stage.command(
            first,
            Command::Create {
                phrase: typed(PHRASE),
                passcode: typed("passcode 0"),
                nickname: typed(""),
                size,
                lifetime: 86_400,
                word: typed(""),
            },
        );
        for seat in 1..people {
            stage.join(u8::try_from(seat).unwrap_or(7), &format!("passcode {seat}"));
        }
        stage
    }

    /// Another tab, at the entry form.
    pub fn tab(&mut self) -> Who {
        self.tabs.push(Tab {
            session: Session::new(),
            connection: None,
            inbox: VecDeque::new(),
            view: None,
            due: None,
            locked: None,
            draft: None,
            invitation: None,
            is_deaf: false,
            is_mute: false,
            loses: None,
            connects: 0,
        });
        let who = self.tabs.len() - 1;
        self.command(who, Command::Start);
        who
    }

    /// Another person in this seat, by a code from the first tab.
    pub fn join(&mut self, seat: u8, passcode: &str) -> Who {
        let code = self.invite(0, seat);
        let who = self.tab();
        self.command(
            who,
            Command::Join {
                phrase: typed(PHRASE),
                passcode: typed(passcode),
                code: typed(&code),
                nickname: typed(""),
            },
        );
        who
    }

    /// A code for a free seat.
    pub fn invite(&mut self, who: Who, seat: u8) -> String {
        let free = Seat::new(seat).expect("a seat");
        self.command(
            who,
            Command::Invite {
                seat: free,
                with_link: false,
            },
        );
        self.seen(who).code.clone().expect("a code").code
    }

    /// Another tab of the seat that this passcode opens.
    pub fn open(&mut self, passcode: &str) -> Who {
        let who = self.tab();
        self.command(
            who,
            Command::Open {
                phrase: typed(PHRASE),
                passcode: typed(passcode),
            },
        );
        who
    }

    /// Somebody does something, and all that follows from it happens.
    pub fn command(&mut self, who: Who, command: Command) {
        self.handle(who, Input::Command(command));
        self.run();
    }

    /// Somebody writes.
    pub fn sends(&mut self, who: Who, text: &str) {
        self.command(who, Command::Send { text: typed(text) });
    }

    /// The message was long enough on somebody's screen.
    pub fn reads(&mut self, who: Who) {
        let message = self.seen(who).message.clone().expect("a message");
        self.command(
            who,
            Command::Seen {
                turn: message.turn,
                rev: message.rev,
            },
        );
    }

    /// Locks a tab, and gives what is needed to resume in another.
    pub fn lock(&mut self, who: Who, draft: &str) -> Locked {
        self.command(who, Command::Lock { draft: typed(draft) });
        self.tabs[who].locked.take().expect("locked")
    }

    /// Resumes in a new tab.
    pub fn resume(&mut self, locked: &Locked, passcode: &str) -> Who {
        let who = self.tab();
        let Locked {
            bytes,
            pass_salt,
            seat,
            room_hash,
        } = locked.clone();
        let passcode = typed(passcode);
        self.command(
            who,
            Command::Resume {
                locked: bytes,
                pass_salt,
                seat,
                room_hash,
                passcode,
            },
        );
        who
    }

    /// From now on nothing of the honest relay reaches this tab.
    pub fn deafen(&mut self, who: Who) {
        self.tabs[who].is_deaf = true;
    }

    /// The honest relay reaches this tab again.
    pub fn undeafen(&mut self, who: Who) {
        self.tabs[who].is_deaf = false;
    }

    /// From the next command of this kind on, nothing of the honest relay reaches this tab.
    pub fn deafen_at(&mut self, who: Who, kind: CommandKind) {
        self.tabs[who].loses = Some(kind);
    }

    /// How often a tab has asked for a connection.
    pub fn connects(&self, who: Who) -> u32 {
        self.tabs[who].connects
    }

    /// From now on nothing of this tab reaches the honest relay.
    pub fn mute(&mut self, who: Who) {
        self.tabs[who].is_mute = true;
    }

    /// This tab reaches the honest relay again.
    pub fn unmute(&mut self, who: Who) {
        self.tabs[who].is_mute = false;
    }

    /// The hostile relay says something to a tab.
    pub fn tell(&mut self, who: Who, frame: &ServerFrame) {
        self.handle(who, Input::Frame(encode(frame)));
        self.run();
    }

    /// The connection of a tab breaks.
    pub fn cut(&mut self, who: Who, code: u16) {
        if let Some(connection) = self.tabs[who].connection.take() {
            let queue = self.relay.disconnect(connection);
            self.deliver(queue);
        }
        self.tabs[who].inbox.clear();
        self.handle(who, Input::Closed(code));
        self.run();
    }

    /// The relay that a tab wants to connect to names another version of the protocol.
    pub fn outdate(&mut self, who: Who) {
        self.handle(who, Input::Outdated);
        self.run();
    }

    /// From now on nobody can connect, or everybody can again.
    pub const fn darken(&mut self, is_dark: bool) {
        self.is_dark = is_dark;
    }

    /// The time, in milliseconds.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// When a tab wants to be woken.
    pub fn due(&self, who: Who) -> Option<u64> {
        self.tabs[who].due
    }

    /// Time passes, and what is due is done.
    pub fn wait(&mut self, milliseconds: u64) {
        let until = self.now + milliseconds;
        while let Some(who) = (0..self.tabs.len())
            .filter(|who| self.tabs[*who].due.is_some_and(|due| due <= until))
            .min_by_key(|who| self.tabs[*who].due)
        {
            self.now = self.now.max(self.tabs[who].due.take().unwrap_or_default());
            self.handle(who, Input::Tick);
            self.run();
        }
        self.now = until;
    }

    /// Every frame that the honest relay meant for a tab, oldest first.
    pub fn meant_for(&self, who: Who) -> Vec<ServerFrame> {
        self.record
            .iter()
            .filter(|(to, _)| *to == who)
            .map(|(_, frame)| frame.clone())
            .collect()
    }

    /// Every frame that a tab said, oldest first.
    pub fn said_by(&self, who: Who) -> Vec<Vec<u8>> {
        self.said
            .iter()
            .filter(|(by, _)| *by == who)
            .map(|(_, frame)| frame.clone())
            .collect()
    }

    /// The relay's own state.
    pub const fn relay(&mut self) -> &mut HonestRelay {
        &mut self.relay
    }

    /// What a tab shows.
    pub fn view(&self, who: Who) -> &View {
        self.tabs[who].view.as_ref().expect("a view")
    }

    /// The room that a tab shows.
    pub fn seen(&self, who: Who) -> &view::Room {
        let view = self.view(who);
        view.room
            .as_ref()
            .unwrap_or_else(|| panic!("tab {who} shows no room: {view:?}"))
    }

    /// The text on a tab's screen.
    pub fn text(&self, who: Who) -> Option<&str> {
        self.seen(who).message.as_ref()?.text.as_deref()
    }

    /// The alarms on a tab's screen.
    pub fn alarms(&self, who: Who) -> Vec<AlarmKind> {
        self.seen(who).alarms.iter().map(|alarm| alarm.kind).collect()
    }

    /// What a tab was told last of what it tried.
    pub fn outcome(&self, who: Who) -> Option<OutcomeKind> {
        self.seen(who).outcome.as_ref().map(|outcome| outcome.kind)
    }

    /// Which page a tab shows.
    pub fn page(&self, who: Who) -> Page {
        self.view(who).stage
    }

    /// What stood in the composer when the session that this tab resumed was locked.
    pub fn draft(&self, who: Who) -> Option<&str> {
        self.tabs[who].draft.as_deref()
    }

    /// Phrase and code of the invitation that a tab redeemed.
    pub fn invitation(&self, who: Who) -> Option<&(String, String)> {
        self.tabs[who].invitation.as_ref()
    }

    fn run(&mut self) {
        loop {
            if let Some((who, input)) = self.inputs.pop_front() {
                self.handle(who, input);
                continue;
            }
            let mut tabs = 0..self.tabs.len();
            let Some((who, down)) = tabs.find_map(|who| Some((who, self.tabs[who].inbox.pop_front()?)))
            else {
                return;
            };
            match down {
                Down::Frame(frame) => self.handle(who, Input::Frame(encode(&*frame))),
                Down::Close(code) => {
                    self.tabs[who].connection = None;
                    self.handle(who, Input::Closed(code));
                }
            }
        }
    }

    fn handle(&mut self, who: Who, input: Input) {
        let outputs = self.tabs[who].session.handle(input, self.now, &mut random());
        for output in outputs {
            self.carry_out(who, output);
        }
    }

    fn carry_out(&mut self, who: Who, output: Output) {
        match output {
            Output::Connect => {
                self.tabs[who].connects += 1;
                if self.is_dark {
                    self.inputs.push_back((who, Input::Closed(1006)));
                    return;
                }
                let (connection, welcome) = self.relay.connect(self.now / 1000);
                self.tabs[who].connection = Some(connection);
                self.tabs[who].inbox.clear();
                self.inputs.push_back((who, Input::Connected));
                self.deliver(vec![(connection, welcome)]);
            }
            Output::Disconnect => {
                self.tabs[who].inbox.clear();
                if let Some(connection) = self.tabs[who].connection.take() {
                    let queue = self.relay.disconnect(connection);
                    self.deliver(queue);
                }
            }
            Output::Send(bytes) => {
                self.said.push((who, bytes.clone()));
                let kind = decode::<Request>(&bytes)
                    .map(|request| request.command.kind())
                    .ok();
                if kind.is_some() && kind == self.tabs[who].loses {
                    self.tabs[who].loses = None;
                    self.tabs[who].is_deaf = true;
                }
                if let Some(connection) = self.tabs[who].connection.filter(|_| !self.tabs[who].is_mute) {
                    let queue = self.relay.handle(connection, &bytes, self.now / 1000);
                    self.deliver(queue);
                }
            }
            Output::Stretch { id, what, text, salt } => {
                let bytes = stretched(what, &text, &salt);
                self.inputs.push_back((who, Input::Stretched { id, bytes }));
            }
            Output::Solve {
                id,
                nonce,
                kind,
                subject,
                bits,
            } => {
                let solution = hash::solve(&nonce, kind, &subject, bits);
                self.inputs.push_back((who, Input::Solved { id, solution }));
            }
            Output::View(view) => self.tabs[who].view = Some(*view),
            Output::Locked {
                bytes,
                pass_salt,
                seat,
                room_hash,
            } => {
                self.tabs[who].locked = Some(Locked {
                    bytes,
                    pass_salt,
                    seat,
                    room_hash,
                });
            }
            Output::Invitation { phrase, code } => {
                let phrase = String::from_utf8_lossy(&phrase).into_owned();
                self.tabs[who].invitation = Some((phrase, code));
            }
            Output::Draft { text } => {
                self.tabs[who].draft = Some(String::from_utf8_lossy(&text).into_owned());
            }
            Output::Wake { at_ms } => self.tabs[who].due = Some(at_ms),
        }
    }

    fn deliver(&mut self, queue: Queue) {
        for (connection, down) in queue {
            let Some(who) = self
                .tabs
                .iter()
                .position(|tab| tab.connection == Some(connection))
            else {
                continue;
            };
            if let Down::Frame(frame) = &down {
                self.record.push((who, frame.as_ref().clone()));
            }
            if !self.tabs[who].is_deaf {
                self.tabs[who].inbox.push_back(down);
            }
        }
    }
}
