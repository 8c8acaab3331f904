//! The connection: when it is wanted, when it is tried again, when it counts as dead.

use super::io::Output;
use super::step::Step;
use crate::view::Connection;

/// The first pause between two attempts, and the longest, in milliseconds.
const PAUSE: u64 = 500;
const PAUSE_AT_MOST: u64 = 30_000;
/// How long a connection has to hold before an interruption counts as the first again.
const STEADY: u64 = 30_000;
/// How long opening a socket, and the relay's first word, may take.
const PATIENCE: u64 = 15_000;
/// What a browser reports where no closing frame came.
const ABNORMAL: u16 = 1006;
/// An attempt of this age may be one of the network before, when the network or the tab is back.
const SLUGGISH: u64 = 2_000;

/// One connection at a time, and the plan for the next.
#[derive(Default)]
pub(super) struct Link {
    state: State,
    /// How many attempts have failed since a connection last held.
    failures: u32,
    /// The code with which the last connection was closed.
    closed: u16,
}

#[derive(Default)]
enum State {
    /// None is wanted.
    #[default]
    Idle,
    /// The next attempt is due at that time.
    Waiting(u64),
    /// The socket was asked for at that time.
    Connecting(u64),
    /// The socket is open since that time; the relay has not spoken yet.
    Open(u64),
    /// The relay has spoken; open since that time.
    Welcomed(u64),
    /// None is wanted: the relay speaks another version.
    Outdated,
}

impl Link {
    /// Wants a connection from now on.
    pub(super) fn want(&mut self, step: &mut Step<'_>) {
        if matches!(self.state, State::Idle | State::Outdated) {
            self.failures = 0;
            self.connect(step);
        }
    }

    /// Wants none any more.
    pub(super) fn rest(&mut self, step: &mut Step<'_>) {
        if matches!(
            self.state,
            State::Connecting(_) | State::Open(_) | State::Welcomed(_)
        ) {
            step.out.push(Output::Disconnect);
        }
        self.state = State::Idle;
    }

    /// None would be of use.
    pub(super) fn outdate(&mut self, step: &mut Step<'_>) {
        self.rest(step);
        self.state = State::Outdated;
    }

    /// The socket is gone, and none is wanted for now.
    pub(super) fn rest_closed(&mut self) {
        self.state = State::Idle;
    }

    fn connect(&mut self, step: &mut Step<'_>) {
        self.state = State::Connecting(step.now);
        step.out.push(Output::Connect);
    }

    /// The socket is open.
    pub(super) fn opened(&mut self, now: u64) {
        if matches!(self.state, State::Connecting(_)) {
            self.state = State::Open(now);
        }
    }

    /// The relay has spoken.
    pub(super) fn welcomed(&mut self, now: u64) {
        if matches!(self.state, State::Connecting(_) | State::Open(_)) {
            self.state = State::Welcomed(now);
        }
    }

    /// The socket is gone, with this code: plans the next attempt. The first comes at once; then the pause doubles from half a second
    /// to 30, and a random part of it is waited, though never none, so that many tabs do not come back in step.
    pub(super) fn lost(&mut self, code: u16, step: &mut Step<'_>) {
        self.closed = code;
        let held = match self.state {
            State::Idle | State::Waiting(_) | State::Outdated => return,
            State::Connecting(_) | State::Open(_) => false,
            State::Welcomed(since) => step.now.saturating_sub(since) >= STEADY,
        };
        if held {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        match self.failures.checked_sub(2) {
            None => self.connect(step),
            Some(doublings) => {
                let pause = PAUSE.saturating_mul(1 << doublings.min(16)).min(PAUSE_AT_MOST);
                self.state = State::Waiting(step.now + 1 + step.below(pause));
            }
        }
    }

    /// Gives the socket up and plans the next attempt.
    pub(super) fn give_up(&mut self, step: &mut Step<'_>) {
        if matches!(
            self.state,
            State::Connecting(_) | State::Open(_) | State::Welcomed(_)
        ) {
            step.out.push(Output::Disconnect);
            self.lost(ABNORMAL, step);
        }
    }

    /// The network or the tab is back: no waiting, not for what was begun before either.
    pub(super) fn wake(&mut self, step: &mut Step<'_>) {
        match self.state {
            State::Waiting(_) => self.connect(step),
            State::Connecting(since) | State::Open(since) if since + SLUGGISH <= step.now => {
                step.out.push(Output::Disconnect);
                self.connect(step);
            }
            _ => {}
        }
    }

    /// Does what is due; whether a socket was given up for that.
    pub(super) fn tick(&mut self, step: &mut Step<'_>) -> bool {
        match self.state {
            State::Waiting(at) if at <= step.now => {
                self.connect(step);
                false
            }
            State::Connecting(since) | State::Open(since) if since + PATIENCE <= step.now => {
                self.give_up(step);
                true
            }
            _ => false,
        }
    }

    /// When [`Link::tick`] has something to do.
    pub(super) fn due(&self) -> Option<u64> {
        match self.state {
            State::Waiting(at) => Some(at),
            State::Connecting(since) | State::Open(since) => Some(since + PATIENCE),
            State::Idle | State::Welcomed(_) | State::Outdated => None,
        }
    }

    /// Whether the relay has spoken on the connection that there is.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.state, State::Welcomed(_))
    }

    /// Whether the relay speaks another version.
    pub(super) const fn is_outdated(&self) -> bool {
        matches!(self.state, State::Outdated)
    }

    /// The code with which the last connection was closed; 0 before that.
    pub(super) const fn closed(&self) -> u16 {
        self.closed
    }

    /// What the page is told, `live` being whether what it shows comes from this connection.
    pub(super) fn shown(&self, live: bool) -> Connection {
        match self.state {
            State::Idle => Connection::Idle,
            State::Outdated => Connection::Outdated,
            State::Welcomed(_) if live => Connection::Live,
            State::Welcomed(_) => Connection::Checking,
            State::Connecting(_) | State::Open(_) if self.failures == 0 => Connection::Checking,
            State::Connecting(_) | State::Open(_) | State::Waiting(_) => Connection::Away,
        }
    }
}
