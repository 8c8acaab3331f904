//! What one flush of the disk takes by itself: no acknowledged message can be quicker. A disk that rests between two of them
//! takes longer than one that is kept busy.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::spread::median_micros;

/// How often it is tried.
const TRIES: usize = 200;
/// What is written each time: what a message is in the log.
const BYTES: usize = 4 * 1024 + 24;

/// Where it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// At the end of a file, which becomes longer.
    End,
    /// Over zeros that are on the disk.
    Zeros,
}

/// The median of `fdatasync` after a write to a file in this folder, in microseconds, with a rest before each.
pub(crate) fn flush(folder: &Path, at: At, rest: Duration) -> Result<u64> {
    let path = folder.join("flush");
    let mut file = File::create(&path)?;
    if at == At::Zeros {
        file.write_all(&vec![0; TRIES * BYTES])?;
        file.sync_all()?;
        file.rewind()?;
    }
    let mut times = Vec::with_capacity(TRIES);
    for _ in 0..TRIES {
        std::thread::sleep(rest);
        file.write_all(&[0x5a; BYTES])?;
        let began = Instant::now();
        file.sync_data()?;
        times.push(began.elapsed());
    }
    std::fs::remove_file(path)?;
    median_micros(times)
}
