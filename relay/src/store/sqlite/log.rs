//! The write-ahead log's tail: zeros are put ahead of what SQLite writes, so that a commit makes no file longer.
//!
//! What a longer file needs on the disk beside its bytes, where they lie and how long it is, a journalled file system flushes
//! as a transaction of its own: `docs/decisions/a-log-with-room.md`. SQLite takes zeros behind the last frame for the log's end.

use std::ffi::c_int;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, hooks::Wal};

use super::super::StoreError;
use super::file::PAGE;

/// Of the log, and of each page in it: what SQLite writes before them.
const HEAD: u64 = 32;
const FRAME: u64 = 24 + PAGE as u64;
/// How many pages the log may hold before they are written back, so that rooms that are busy are written back once for many
/// messages. The job that clears deleted bytes does so at its interval in any case.
const PAGES: u64 = 4096;
/// When there are fewer zeros than this, more are put there.
const LOW: u64 = STEP / 2;
/// How much at a time: fifteen commits of a page find it there, and the one after, which has it flushed, takes little longer.
const STEP: u64 = ZEROS.len() as u64;
static ZEROS: [u8; 64 * 1024] = [0; _];

/// Where SQLite keeps a database's log.
pub(in super::super) fn of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// Has the log looked after at each commit. It has to be there.
pub(super) fn look_after(connection: &mut Connection, database: &Path) -> Result<(), StoreError> {
    let file = OpenOptions::new().append(true).open(of(database))?;
    let mut tail = Tail {
        file,
        used: u64::MAX,
        length: 0,
    };
    Ok(connection.wal_hook(Some(move |log: &mut Wal, pages: c_int| {
        let pages = u64::try_from(pages).unwrap_or(0);
        // What was committed is committed, whatever comes of either.
        let _ = tail.keep(HEAD + pages * FRAME);
        if pages >= PAGES {
            let _ = log.checkpoint();
        }
        Ok(())
    }))?)
}

/// The log's file, and what was known of it at the last commit.
struct Tail {
    file: File,
    used: u64,
    length: u64,
}

impl Tail {
    /// Sees to it that there are zeros beyond what is used now.
    fn keep(&mut self, used: u64) -> io::Result<()> {
        // Where it was begun anew, it may have been cut short before.
        if used < self.used || used > self.length {
            self.length = self.file.metadata()?.len();
        }
        self.used = used;
        if self.length < used + LOW && used < HEAD + PAGES * FRAME {
            self.file.write_all(&ZEROS)?;
            self.length += STEP;
        }
        Ok(())
    }
}
