//! A relay that runs in this process, and a client that speaks frames.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use sotto_protocol::{Answer, Command, Event, Request, SUBPROTOCOL, ServerFrame, Welcome, decode, encode};
use sotto_relay::data::DATABASE;
use sotto_relay::{Config, Relay, RelayError};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// No test waits longer than this for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it never came")
}

/// A relay on a port of its own.
pub(crate) struct TestRelay {
    pub(crate) address: String,
    pub(crate) data: TempDir,
    flags: Vec<String>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), RelayError>>,
}

impl TestRelay {
    pub(crate) fn start(flags: &[&str]) -> Self {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Self::start_on(tempfile::tempdir().unwrap(), flags)
    }

    fn start_on(data: TempDir, flags: Vec<String>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let folder = ["--data".to_owned(), data.path().display().to_string()];
        let config = Config::from_flags(folder.iter().chain(&flags)).unwrap();
        let (stop, stopped) = oneshot::channel();
        // A runtime of its own, as in the process that people run.
        let task = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                let until = async {
                    let _ = stopped.await;
                };
                Relay::serve(listener, until, config).await
            })
        });
        Self {
            address,
            data,
            flags,
            stop,
            task,
        }
    }

    /// Asks it to stop and waits until it has.
    pub(crate) async fn stop(self) -> (TempDir, Vec<String>) {
        self.stop.send(()).unwrap();
        soon(self.task).await.unwrap().unwrap();
        (self.data, self.flags)
    }

    /// Stops it and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        let (data, flags) = self.stop().await;
        Self::start_on(data, flags)
    }

    /// How often this was counted on the relay, which ends; it leaves the day's sums, in steps of five.
    pub(crate) async fn counted(self, kind: &str) -> i64 {
        self.all_counted().await.remove(kind).unwrap_or_default()
    }

    /// The same of all that was counted.
    pub(crate) async fn all_counted(self) -> BTreeMap<String, i64> {
        let (data, _) = self.stop().await;
        let file = data.path().join(DATABASE);
        let database = rusqlite::Connection::open(file).unwrap();
        let sums = "SELECT kind, sum(count) FROM aggregate WHERE length = 86400 GROUP BY kind";
        let mut sums = database.prepare(sums).unwrap();
        let rows = sums.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(&self.address).await.unwrap()
    }
}

/// One connection, from the client's side.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) welcome: Welcome,
    reference: u32,
    events: VecDeque<Event>,
}

impl Client {
    pub(crate) async fn connect(address: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        Self::speak(address, stream).await
    }

    /// A client whose system takes hardly anything that it does not read.
    pub(crate) async fn connect_narrow(address: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(address.parse().unwrap()).await.unwrap();
        Self::speak(address, stream).await.unwrap()
    }

    async fn speak(address: &str, stream: TcpStream) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/ws").into_client_request()?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
        let (mut socket, _) = soon(client_async(request, stream)).await?;
        let welcome = match received(&mut socket).await {
            Ok(ServerFrame::Welcome(welcome)) => welcome,
            other => panic!("a welcome comes first, not {other:?}"),
        };
        Ok(Self {
            socket,
            welcome,
            reference: 0,
            events: VecDeque::new(),
        })
    }

    /// Sends a command and does not wait.
    pub(crate) async fn say(&mut self, command: Command) -> u32 {
        self.reference += 1;
        let request = Request {
            reference: self.reference,
            command,
        };
        self.send_bytes(encode(&request)).await;
        self.reference
    }

    pub(crate) async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::Binary(bytes.into())).await.unwrap();
    }

    /// Sends a command and waits for its answer; events that come before it are kept for later.
    pub(crate) async fn ask(&mut self, command: Command) -> Answer {
        let asked = self.say(command).await;
        self.answer_to(asked).await
    }

    pub(crate) async fn answer_to(&mut self, asked: u32) -> Answer {
        loop {
            match received(&mut self.socket).await {
                Ok(ServerFrame::Answer { reference, answer }) => {
                    assert_eq!(reference, asked);
                    return answer;
                }
                Ok(ServerFrame::Event(event)) => self.events.push_back(event),
                other => panic!("an answer is due, not {other:?}"),
            }
        }
    }

    /// Sends a command, unless the relay has closed the connection already.
    pub(crate) async fn say_if_open(&mut self, command: Command) {
        self.reference += 1;
        let request = Request {
            reference: self.reference,
            command,
        };
        let _ = self.socket.send(Message::Binary(encode(&request).into())).await;
    }

    /// The code that the connection is closed with, or none if something is answered instead.
    pub(crate) async fn closed_or_answered(&mut self) -> Option<u16> {
        match received(&mut self.socket).await {
            Ok(_) => None,
            Err(code) => Some(code.expect("closed without a code")),
        }
    }

    /// The next event.
    pub(crate) async fn event(&mut self) -> Event {
        if let Some(event) = self.events.pop_front() {
            return event;
        }
        match received(&mut self.socket).await {
            Ok(ServerFrame::Event(event)) => event,
            other => panic!("an event is due, not {other:?}"),
        }
    }

    /// The code that the relay closes the connection with. Nothing else may come before it.
    pub(crate) async fn closed(&mut self) -> u16 {
        assert_eq!(self.events, [], "events that nobody looked at");
        self.closed_at_last().await
    }

    /// The same, whatever comes before.
    pub(crate) async fn closed_at_last(&mut self) -> u16 {
        loop {
            match received(&mut self.socket).await {
                Ok(_) => {}
                Err(Some(code)) => return code,
                Err(None) => panic!("closed without a code"),
            }
        }
    }

    /// Nothing has come that was not looked at: what is asked is answered next.
    pub(crate) async fn nothing_else(&mut self) {
        let subject = sotto_protocol::Subject::new([0; 32]);
        let answer = self.ask(Command::Puzzle(subject)).await;
        assert!(matches!(answer, Answer::Puzzle(_)));
        assert_eq!(self.events, []);
    }
}

/// The next frame, or the code that the connection was closed with.
async fn received(socket: &mut WebSocketStream<TcpStream>) -> Result<ServerFrame, Option<u16>> {
    loop {
        return match soon(socket.next()).await {
            Some(Ok(Message::Binary(bytes))) => {
                Ok(decode(&bytes).expect("the relay's frames are well-formed"))
            }
            Some(Ok(Message::Close(frame))) => Err(frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => continue,
            Some(Err(_)) | None => Err(None),
        };
    }
}
