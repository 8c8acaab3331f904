//! The relay that is measured: the release binary in a process of its own, and what the system knows of that process.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sotto_tests::relay_process::RelayProcess;

/// Settings under which one machine may play many people: attempts stay at the price of a relay at rest, as many
/// connections are let in as the system has files for, and frames are not counted. All else is as people run it.
const FLAGS: [&str; 6] = ["--calm", "60000000", "--connections", "19000", "--ping", "10m"];
const UNCOUNTED: [&str; 4] = ["--frames", "1000000", "--burst", "1000000"];
/// The same for a relay in this process, save how many connections are let in.
pub(crate) const IN_PROCESS: [&str; 8] = [
    "--calm", "60000000", "--ping", "10m", "--frames", "1000000", "--burst", "1000000",
];

/// A relay.
#[derive(Debug)]
pub(crate) struct Relay(RelayProcess);

/// What a process takes of memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Its resident pages.
    pub(crate) rss: f64,
    /// The same, with shared ones counted in part.
    pub(crate) pss: f64,
}

impl Relay {
    /// Starts one on an empty database.
    pub(crate) async fn start(more: &[&str]) -> Result<Self> {
        Self::counting(&UNCOUNTED.iter().chain(more).copied().collect::<Vec<_>>()).await
    }

    /// The same, but frames are counted as people's are.
    pub(crate) async fn counting(more: &[&str]) -> Result<Self> {
        let flags: Vec<&str> = FLAGS.iter().chain(more).copied().collect();
        Ok(Self(RelayProcess::start(&flags).await?))
    }

    /// Ends it in good order, has something done to its data, and starts it again.
    pub(crate) async fn between<T>(
        self,
        work: impl FnOnce(&std::path::Path) -> Result<T>,
    ) -> Result<(Self, T)> {
        let stopped = self.0.stop().await?;
        let done = work(stopped.data())?;
        Ok((Self(stopped.start().await?), done))
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        self.0.address()
    }

    /// Where its database lies.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.0.data()
    }

    /// Where its dashboard listens, if it was started with one.
    pub(crate) fn admin(&mut self) -> Result<String> {
        let printed = self.0.process().printed();
        let (_, rest) = printed
            .split_once("dashboard on http://")
            .context("no dashboard")?;
        Ok(rest.split('/').next().unwrap_or_default().to_owned())
    }

    /// Its process.
    pub(crate) fn id(&mut self) -> u32 {
        self.0.process().id()
    }
}

/// How long a process has used a processor, for itself and in the kernel, all its threads together.
pub(crate) fn processor_time(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields = stat.rsplit_once(')').context("the form of /proc/PID/stat")?.1;
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u32>)
        .sum::<Result<u32, _>>()?;
    // USER_HZ, which Linux has fixed for all that a program can see.
    Ok(f64::from(ticks) / 100.0)
}

/// What a process takes of memory.
pub(crate) fn memory(process: u32) -> Result<Memory> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    Ok(Memory {
        rss: kilobytes(&rollup, "Rss:")?,
        pss: kilobytes(&rollup, "Pss:")?,
    })
}

/// What the kernel keeps of open sockets and files, on both ends: the slabs that grow with each. None where they
/// cannot be seen.
pub(crate) fn kernel_memory() -> Option<f64> {
    const SLABS: [&str; 7] = [
        "TCP",
        "sock_inode_cache",
        "filp",
        "dentry",
        "eventpoll_epi",
        "eventpoll_pwq",
        "tw_sock_TCP",
    ];
    let slabs = fs::read_to_string("/proc/slabinfo").ok()?;
    let bytes = slabs.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        let name = fields.next()?;
        let objects: f64 = fields.nth(1)?.parse().ok()?;
        let size: f64 = fields.next()?.parse().ok()?;
        SLABS.contains(&name).then_some(objects * size)
    });
    Some(bytes.sum())
}

/// How many flushes the machine's disks have done, whoever asked for them.
pub(crate) fn flushes() -> Option<f64> {
    let stats = fs::read_to_string("/proc/diskstats").ok()?;
    let counts = stats
        .lines()
        .filter_map(|line| line.split_whitespace().nth(18)?.parse::<f64>().ok());
    Some(counts.sum())
}

/// A moment, to measure from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    process: u32,
    clock: std::time::Instant,
    relay: f64,
    client: f64,
    flushes: Option<f64>,
}

/// What went by since a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) clock: Duration,
    /// Of a processor, by the process that is measured.
    pub(crate) server: f64,
    /// Of a processor, by this one.
    pub(crate) client: f64,
    pub(crate) flushes: Option<f64>,
}

impl Since {
    /// Now.
    pub(crate) fn now(process: u32) -> Result<Self> {
        Ok(Self {
            process,
            clock: std::time::Instant::now(),
            relay: processor_time(process)?,
            client: processor_time(std::process::id())?,
            flushes: flushes(),
        })
    }

    /// What went by.
    pub(crate) fn spent(&self) -> Result<Spent> {
        Ok(Spent {
            clock: self.clock.elapsed(),
            server: processor_time(self.process)? - self.relay,
            client: processor_time(std::process::id())? - self.client,
            flushes: flushes().zip(self.flushes).map(|(now, then)| now - then),
        })
    }
}

fn kilobytes(report: &str, name: &str) -> Result<f64> {
    let line = report.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    let number: f64 = number.and_then(|number| number.parse().ok()).context("a size")?;
    Ok(number * 1024.0)
}
