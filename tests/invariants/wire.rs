//! A client that speaks the wire and nothing else: it seals nothing and keeps no rule, so it can say anything.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use sotto_protocol::{
    Answer, Command, CommandKind, Event, Puzzle, Refusal, Request, SUBPROTOCOL, ServerFrame, Solution,
    Subject, Welcome, decode, encode, hash,
};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// How long the relay may take to say something that it owes.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open connection.
pub(crate) struct Wire {
    socket: WebSocketStream<TcpStream>,
    reference: u32,
    events: VecDeque<Event>,
    /// What the relay said first.
    pub(crate) welcome: Welcome,
}

/// Who a client says that it is, and from where.
pub(crate) struct Caller {
    pub(crate) from: Ipv4Addr,
    pub(crate) user_agent: &'static str,
    pub(crate) cookie: &'static str,
}

/// Who a client is that nothing is to be learned of.
pub(crate) const NOBODY: Caller = Caller {
    from: Ipv4Addr::LOCALHOST,
    user_agent: "invariants",
    cookie: "none=none",
};

impl Wire {
    pub(crate) async fn connect(relay: SocketAddr) -> Result<Self> {
        Self::connect_as(relay, &NOBODY).await
    }

    pub(crate) async fn connect_as(relay: SocketAddr, caller: &Caller) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(IpAddr::V4(caller.from), 0))?;
        let stream = socket.connect(relay).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{relay}/ws").into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        headers.insert("origin", HeaderValue::from_str(&format!("http://{relay}"))?);
        headers.insert("user-agent", HeaderValue::from_static(caller.user_agent));
        headers.insert("cookie", HeaderValue::from_static(caller.cookie));
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        let mut wire = Self {
            socket,
            reference: 0,
            events: VecDeque::new(),
            welcome: Welcome {
                version: 0,
                time: 0,
                salt: [0; 16].into(),
                lifetimes: vec![],
                lifetime: 0,
                grain: 0,
                word: false,
            },
        };
        match decode(&wire.frame().await?)? {
            ServerFrame::Welcome(welcome) => wire.welcome = welcome,
            other => bail!("not a welcome: {other:?}"),
        }
        Ok(wire)
    }

    /// The next binary frame; an end of the connection is an error that names the close code.
    pub(crate) async fn frame(&mut self) -> Result<Vec<u8>> {
        loop {
            match timeout(PATIENCE, self.socket.next())
                .await
                .context("the relay says nothing")?
            {
                Some(Ok(Message::Binary(bytes))) => return Ok(bytes.to_vec()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(Some(close)))) => bail!("closed with {}", u16::from(close.code)),
                other => bail!("the connection ended: {other:?}"),
            }
        }
    }

    /// Sends a command and gives the number that its answer will have.
    pub(crate) async fn send(&mut self, command: &Command) -> Result<u32> {
        self.reference += 1;
        let request = Request {
            reference: self.reference,
            command: command.clone(),
        };
        self.socket.send(Message::Binary(encode(&request).into())).await?;
        Ok(self.reference)
    }

    /// Sends a frame of any bytes.
    pub(crate) async fn send_raw(&mut self, bytes: Vec<u8>) -> Result<()> {
        Ok(self.socket.send(Message::Binary(bytes.into())).await?)
    }

    /// Asks, and gives the answer; events that came before it are kept for [`Self::event`].
    pub(crate) async fn ask(&mut self, command: &Command) -> Result<Answer> {
        let asked = self.send(command).await?;
        self.answer(asked).await
    }

    /// The answer with this number.
    pub(crate) async fn answer(&mut self, asked: u32) -> Result<Answer> {
        loop {
            match decode(&self.frame().await?)? {
                ServerFrame::Answer { reference, answer } if reference == asked => return Ok(answer),
                ServerFrame::Event(event) => self.events.push_back(event),
                other => bail!("neither the answer nor an event: {other:?}"),
            }
        }
    }

    /// What it was told and nobody asked for, up to now.
    pub(crate) async fn told(&mut self) -> Result<Vec<Event>> {
        // An answer comes after all that was told before it.
        self.puzzle(Subject::new([0; Subject::LENGTH])).await?;
        Ok(self.events.drain(..).collect())
    }

    /// The next event that `wanted` takes something of; those before it are dropped.
    pub(crate) async fn event<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> Result<T> {
        loop {
            let event = match self.events.pop_front() {
                Some(event) => event,
                None => match decode(&self.frame().await?)? {
                    ServerFrame::Event(event) => event,
                    other => bail!("not an event: {other:?}"),
                },
            };
            if let Some(found) = wanted(&event) {
                return Ok(found);
            }
        }
    }

    /// Pays the price of an attempt, once or as often as the price rises, and makes it.
    pub(crate) async fn attempt(
        &mut self,
        kind: CommandKind,
        subject: Subject,
        command: impl Fn(Solution) -> Command,
    ) -> Result<Answer> {
        let mut puzzle = self.puzzle(subject).await?;
        loop {
            let solution = solve(puzzle, kind, subject).await?;
            match self.ask(&command(solution)).await? {
                Answer::Refused(Refusal::Price(dearer)) => puzzle = dearer,
                answer => return Ok(answer),
            }
        }
    }

    /// The price of an attempt.
    pub(crate) async fn puzzle(&mut self, subject: Subject) -> Result<Puzzle> {
        match self.ask(&Command::Puzzle(subject)).await? {
            Answer::Puzzle(puzzle) => Ok(puzzle),
            other => bail!("not a puzzle: {other:?}"),
        }
    }
}

/// Solves a puzzle away from the runtime's own threads.
pub(crate) async fn solve(puzzle: Puzzle, kind: CommandKind, subject: Subject) -> Result<Solution> {
    let solving = move || hash::solve(&puzzle.nonce, kind, &subject, puzzle.bits);
    Ok(tokio::task::spawn_blocking(solving).await?)
}
