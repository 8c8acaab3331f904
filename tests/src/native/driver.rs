//! The imperative shell around a session: socket, clock, randomness.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{SinkExt as _, StreamExt as _};
use sotto_client::{Command, Input, Output, Session};
use sotto_protocol::hash;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::socket::{self, Place, Socket};
use super::stretching::{random, stretched};

/// What a driver is asked to do.
pub enum Act {
    /// The person asks for something.
    Command(Command),
    /// The device is pulled off the network: the socket is dropped without a word.
    Unplug,
}

/// What a driver reports.
pub enum News {
    /// An output that is for the person.
    Told(Output),
    /// A command was handled, and all that it led to at once was reported.
    Handled,
}

/// A running session.
pub struct Driver {
    place: Place,
    session: Session,
    socket: Option<Socket>,
    /// The number of the connection that is wanted; what comes of an earlier one is dropped.
    connection: u32,
    wake_at: Option<u64>,
    inputs: mpsc::UnboundedReceiver<Work>,
    later: mpsc::UnboundedSender<Work>,
    news: mpsc::UnboundedSender<News>,
}

/// What comes to the driver's task.
enum Work {
    Act(Act),
    Connected(u32, Option<Box<Socket>>),
    Done(Input),
}

/// What a socket gave.
enum Heard {
    Frame(Vec<u8>),
    Closed(u16),
    Nothing,
}

/// The way to tell a driver what to do.
#[derive(Clone)]
pub struct Handle(mpsc::UnboundedSender<Work>);

impl Handle {
    /// Tells the driver; one that has ended does nothing any more.
    pub fn act(&self, act: Act) {
        let _ = self.0.send(Work::Act(act));
    }
}

impl Driver {
    /// Starts a session for the relay at this place.
    pub fn start(place: Place) -> (Handle, mpsc::UnboundedReceiver<News>) {
        let (later, inputs) = mpsc::unbounded_channel();
        let (news, told) = mpsc::unbounded_channel();
        let driver = Self {
            place,
            session: Session::new(),
            socket: None,
            connection: 0,
            wake_at: None,
            inputs,
            later: later.clone(),
            news,
        };
        tokio::spawn(driver.run());
        let handle = Handle(later);
        handle.act(Act::Command(Command::Start));
        (handle, told)
    }

    async fn run(mut self) {
        loop {
            let pause = self
                .wake_at
                .map(|at| Duration::from_millis(at.saturating_sub(now_ms())));
            tokio::select! {
                work = self.inputs.recv() => match work {
                    None => return,
                    Some(Work::Act(Act::Command(command))) => {
                        self.handle(Input::Command(command)).await;
                        let _ = self.news.send(News::Handled);
                    }
                    Some(Work::Act(Act::Unplug)) => {
                        if self.socket.take().is_some() {
                            self.handle(Input::Closed(1006)).await;
                        }
                    }
                    Some(Work::Connected(connection, made)) if connection == self.connection => {
                        self.socket = made.map(|socket| *socket);
                        let input = if self.socket.is_some() { Input::Connected } else { Input::Closed(1006) };
                        self.handle(input).await;
                    }
                    Some(Work::Connected(..)) => {}
                    Some(Work::Done(input)) => self.handle(input).await,
                },
                heard = hear(&mut self.socket) => match heard {
                    Heard::Frame(bytes) => self.handle(Input::Frame(bytes)).await,
                    Heard::Closed(code) => {
                        self.socket = None;
                        self.handle(Input::Closed(code)).await;
                    }
                    Heard::Nothing => {}
                },
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {
                    self.wake_at = None;
                    self.handle(Input::Tick).await;
                }
            }
            if self.news.is_closed() {
                return;
            }
        }
    }

    async fn handle(&mut self, input: Input) {
        for output in self.session.handle(input, now_ms(), &mut random()) {
            self.carry_out(output).await;
        }
    }

    async fn carry_out(&mut self, output: Output) {
        let later = self.later.clone();
        match output {
            Output::Connect => {
                self.socket = None;
                self.connection += 1;
                let (connection, place) = (self.connection, self.place.clone());
                tokio::spawn(async move {
                    let made = socket::connect(&place).await.ok().map(Box::new);
                    let _ = later.send(Work::Connected(connection, made));
                });
            }
            Output::Disconnect => {
                self.connection += 1;
                if let Some(mut socket) = self.socket.take() {
                    let _ = socket.close(None).await;
                }
            }
            Output::Send(bytes) => {
                if let Some(socket) = &mut self.socket {
                    // A socket that broke says so when it is read.
                    let _ = socket.send(Message::binary(bytes)).await;
                }
            }
            Output::Stretch { id, what, text, salt } => {
                tokio::task::spawn_blocking(move || {
                    let bytes = stretched(what, &text, &salt);
                    let _ = later.send(Work::Done(Input::Stretched { id, bytes }));
                });
            }
            Output::Solve {
                id,
                nonce,
                kind,
                subject,
                bits,
            } => {
                tokio::task::spawn_blocking(move || {
                    let solution = hash::solve(&nonce, kind, &subject, bits);
                    let _ = later.send(Work::Done(Input::Solved { id, solution }));
                });
            }
            Output::Wake { at_ms } => self.wake_at = Some(at_ms),
            told => {
                let _ = self.news.send(News::Told(told));
            }
        }
    }
}

async fn hear(socket: &mut Option<Socket>) -> Heard {
    let Some(socket) = socket else {
        return std::future::pending().await;
    };
    match socket.next().await {
        Some(Ok(Message::Binary(bytes))) => Heard::Frame(bytes.to_vec()),
        Some(Ok(Message::Close(frame))) => Heard::Closed(frame.map_or(1005, |frame| frame.code.into())),
        Some(Ok(_)) => Heard::Nothing,
        Some(Err(_)) | None => Heard::Closed(1006),
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
