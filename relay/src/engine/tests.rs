use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr};
use std::task::Poll;

use futures_util::FutureExt as _;
use sotto_protocol::{CommandKind, Subject, hash, limits};

use super::*;
use crate::gate::draw::Network;
use crate::gate::puzzle::Held;
use crate::gate::{Admission, Attempted, Gate};
use crate::health::Health;
use crate::hub::Connection;
use crate::pepper::Pepper;
use crate::room::{Input, RoomKey, Rules, Take};
use crate::store::SqliteStore;

const SUBJECT: Subject = Subject::new([7; 32]);

/// An engine on a file of its own, its thread, and what counts attempts.
fn started(directory: &tempfile::TempDir) -> (Engine, Ended, Arc<Gate>) {
    let pepper = Arc::new(Pepper::derive(&[7; 32]));
    let file = directory.path().join("sotto.db");
    let store = SqliteStore::open(&file, Arc::clone(&pepper), Rules::default()).unwrap();
    let gate = Arc::new(Gate::new(600));
    let hour = Duration::from_hours(1);
    let (engine, thread) = Engine::start(Parts {
        store: Box::new(store),
        hub: Arc::default(),
        gate: Arc::clone(&gate),
        pepper,
        faults: Arc::default(),
        health: Arc::new(Health::new(hour, hour, hour, Instant::now())),
    });
    (engine, thread, gate)
}

fn create(room: u8) -> Job {
    let take = Take {
        access: AccessHash::new([1; 32]),
        vault: vec![2; limits::VAULT],
        card: vec![3; limits::CARD],
    };
    Job {
        room: RoomKey::new([room; 32]),
        input: Input::Create {
            size: 2,
            lifetime: 3_600,
            take,
        },
    }
}

fn open_wrongly(room: u8) -> Job {
    let keys = [AccessHash::new([0xff; 32]); 8];
    Job {
        room: RoomKey::new([room; 32]),
        input: Input::Open { keys },
    }
}

fn cause() -> Cause {
    Cause {
        connection: Connection::new(1 << 20, Arc::default()),
        reference: 1,
    }
}

/// An attempt that is let through, and counts as a failure for now.
async fn attempt(gate: &Gate) -> Slot {
    let mut held = Held::default();
    let puzzle = gate.puzzle(&mut held, SUBJECT).unwrap();
    let attempted = Attempted {
        kind: CommandKind::Open,
        subject: SUBJECT,
        solution: hash::solve(&puzzle.nonce, CommandKind::Open, &SUBJECT, puzzle.bits),
        network: Network::of(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        word: false,
    };
    match gate.admit(&mut held, attempted).await {
        Ok(Admission::Admitted(slot)) => slot,
        other => panic!("{other:?}"),
    }
}

fn price(gate: &Gate) -> u8 {
    gate.puzzle(&mut Held::default(), SUBJECT).unwrap().bits
}

/// Has a job answered, and leaves with the answer: whoever asked is never looked at again.
async fn answered(engine: &Engine, job: Job, counted: Slot) {
    let cause = cause();
    let connection = Arc::clone(&cause.connection);
    let held = engine.desk.parts.lock().unwrap();
    let mut asking = Box::pin(engine.apply(job, cause, Some(counted)));
    assert!(asking.as_mut().now_or_never().is_none());
    drop(held);
    poll_fn(|context| match connection.outbox.next(context, true) {
        next if next.frames.is_empty() => {
            // Nobody is woken for an answer but who asked.
            context.waker().wake_by_ref();
            Poll::Pending
        }
        _ => Poll::Ready(()),
    })
    .await;
}

/// Breaks when an attempt is forgiven by who asked, after the answer: a page that leaves at once is then taken for one that
/// guesses.
#[tokio::test]
async fn what_was_no_guess_is_forgiven_before_the_answer_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, _, gate) = started(&directory);
    for _ in 0..2 {
        gate.count_failure(&SUBJECT);
    }
    let counted = attempt(&gate).await;
    assert_eq!(price(&gate), 10, "control: it counts until it is decided");
    answered(&engine, create(1), counted).await;
    assert_eq!(price(&gate), 0);
    let counted = attempt(&gate).await;
    answered(&engine, open_wrongly(2), counted).await;
    assert_eq!(price(&gate), 10, "a wrong guess stays counted");
}

/// On a runtime with threads to spare, a job that finds the store idle is done before anything else can run.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_job_that_finds_the_store_idle_is_done_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, ..) = started(&directory);
    tokio::spawn(async move {
        let done = engine.apply(create(1), cause(), None).now_or_never();
        assert!(matches!(done, Some(Ok((Settled::Opened(..), _)))), "{done:?}");
        // While somebody has the store, the next one is left to the thread.
        let held = engine.desk.parts.lock().unwrap();
        let mut waiting = Box::pin(engine.apply(create(2), cause(), None));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(held);
        let done = waiting.await;
        assert!(matches!(done, Ok((Settled::Opened(..), _))), "{done:?}");
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn the_store_comes_back_when_nobody_can_ask_any_more() {
    let directory = tempfile::tempdir().unwrap();
    let (engine, thread, _) = started(&directory);
    let other = engine.clone();
    assert_eq!(other.apply(create(1), cause(), None).await.map(|_| ()), Ok(()));
    drop((engine, other));
    assert!(thread.await.unwrap().is_some());
}
