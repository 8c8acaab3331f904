//! Messages by the clock for as long as it takes, each with its moment, so that they can be sorted out afterwards.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use sotto_relay::data::DATABASE;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use crate::load::Room;
use crate::send::tick;

/// How often the log's length is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// A message: when it was due, and how many microseconds later it was acknowledged.
type Sample = (Instant, u64);

/// A load that runs.
pub(super) struct Running {
    stop: Arc<AtomicBool>,
    clock: JoinHandle<()>,
    watch: JoinHandle<Vec<Instant>>,
    sending: JoinSet<Result<Vec<Sample>>>,
}

/// What it came to.
pub(super) struct Timeline {
    samples: Vec<Sample>,
    /// When the log was emptied.
    compactions: Vec<Instant>,
}

impl Timeline {
    /// Has messages go out in these rooms, so many a second together, and watches the relay's log.
    pub(super) fn start(rooms: Vec<Room>, rate: u32, data: &Path) -> Running {
        let stop = Arc::new(AtomicBool::new(false));
        let (mut sending, mut moments) = (JoinSet::new(), Vec::with_capacity(rooms.len()));
        for mut room in rooms {
            let (moment, mut dues) = unbounded_channel::<Instant>();
            moments.push(moment);
            sending.spawn(async move {
                let mut samples = Vec::new();
                while let Some(due) = dues.recv().await {
                    let frame = room.next();
                    room.acknowledged(&frame).await?;
                    samples.push((due, u64::try_from(due.elapsed().as_micros())?));
                    room.delivered().await?;
                }
                Ok(samples)
            });
        }
        let goes_on = Arc::clone(&stop);
        let clock = thread::spawn(move || tick(rate, &moments, |_| !goes_on.load(Ordering::Relaxed)));
        let (goes_on, log) = (Arc::clone(&stop), data.join(format!("{DATABASE}-wal")));
        let watch = thread::spawn(move || emptied(&log, &goes_on));
        Running {
            stop,
            clock,
            watch,
            sending,
        }
    }

    /// Of the messages that were due in this time.
    pub(super) fn between(&self, from: Instant, to: Instant) -> Result<Histogram<u64>> {
        self.that(|due| from <= due && due < to)
    }

    /// Of those among them that were due just before the log was emptied, which is the last that a compaction does, or just
    /// after.
    pub(super) fn near_compactions(
        &self,
        from: Instant,
        to: Instant,
        near: Duration,
    ) -> Result<Histogram<u64>> {
        self.that(|due| {
            let is_near = |at: &Instant| *at <= due + near && due <= *at + near;
            from <= due && due < to && self.compactions.iter().any(is_near)
        })
    }

    fn that(&self, is_wanted: impl Fn(Instant) -> bool) -> Result<Histogram<u64>> {
        let mut latency = Histogram::new(3)?;
        for (due, micros) in &self.samples {
            if is_wanted(*due) {
                latency.record(*micros)?;
            }
        }
        Ok(latency)
    }
}

impl Running {
    /// Ends it, and waits for what is under way.
    pub(super) async fn stop(mut self) -> Result<Timeline> {
        self.stop.store(true, Ordering::Relaxed);
        let mut samples = Vec::new();
        while let Some(some) = self.sending.join_next().await {
            samples.extend(some??);
        }
        ensure!(self.clock.join().is_ok(), "the clock stopped");
        let Ok(compactions) = self.watch.join() else {
            anyhow::bail!("the watch stopped");
        };
        Ok(Timeline { samples, compactions })
    }
}

/// When the log became empty.
fn emptied(log: &PathBuf, stop: &AtomicBool) -> Vec<Instant> {
    let (mut moments, mut before) = (Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        let length = std::fs::metadata(log).map_or(0, |found| found.len());
        if length == 0 && before > 0 {
            moments.push(Instant::now());
        }
        before = length;
        thread::sleep(LOOK);
    }
    moments
}
