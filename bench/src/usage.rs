//! What the system knows of a process that is measured: memory, processor time, flushes.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// What a process takes of memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Its resident pages.
    pub(crate) rss: f64,
    /// The same, with shared ones counted in part.
    pub(crate) pss: f64,
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
    server: f64,
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
            server: processor_time(process)?,
            client: processor_time(std::process::id())?,
            flushes: flushes(),
        })
    }

    /// What went by.
    pub(crate) fn spent(&self) -> Result<Spent> {
        Ok(Spent {
            clock: self.clock.elapsed(),
            server: processor_time(self.process)? - self.server,
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
