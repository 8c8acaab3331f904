//! What can be done from the dashboard.

use std::sync::Arc;
use std::time::Duration;

use crate::doors::Open;
use crate::relay::Shared;
use crate::store::Compaction;

/// How often, and how soon, a compaction is tried again that found the file in use.
const AGAIN: (u32, Duration) = (10, Duration::from_millis(200));

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Purge,
    Compact,
    StopRooms,
    Allow,
    Drain,
}

const ALL: [Action; 5] = [
    Action::Purge,
    Action::Compact,
    Action::StopRooms,
    Action::Allow,
    Action::Drain,
];

impl Action {
    /// Those that would change something.
    pub(super) fn offered(open: Open) -> impl Iterator<Item = Self> {
        ALL.into_iter().filter(move |action| match action {
            Self::Purge | Self::Compact => true,
            Self::StopRooms => open == Open::All,
            Self::Allow => open != Open::All,
            Self::Drain => open != Open::Draining,
        })
    }

    pub(super) fn of(path: &str) -> Option<Self> {
        ALL.into_iter().find(|action| action.path() == path)
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Purge => "purge",
            Self::Compact => "compact",
            Self::StopRooms => "stop",
            Self::Allow => "allow",
            Self::Drain => "drain",
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Purge => "Purge now",
            Self::Compact => "Compact now",
            Self::StopRooms => "Stop new rooms",
            Self::Allow => "Allow new rooms",
            Self::Drain => "Drain",
        }
    }

    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Purge => {
                "Deletes rooms whose time is over, and codes that have lapsed. The relay does so by itself at every grain."
            }
            Self::Compact => {
                "Clears deleted bytes from the database's files. The relay does so by itself at every compaction interval."
            }
            Self::StopRooms => {
                "Nobody can start a room until you allow it, or the relay is started again. Rooms that are open go on."
            }
            Self::Allow => "Everybody can connect, and start a room.",
            Self::Drain => {
                "No new connection is let in, and /healthz says so, until you allow it again or the relay is started again. People who are connected go on; who loses the connection does not come back meanwhile."
            }
        }
    }

    /// Does it. Says what came of it.
    pub(super) async fn run(self, shared: &Arc<Shared>) -> String {
        let open = match self {
            Self::Purge => return purge(shared).await,
            Self::Compact => return compact(shared).await,
            Self::StopRooms => Open::NoNewRooms,
            Self::Allow => Open::All,
            Self::Drain => Open::Draining,
        };
        shared.doors.set(open);
        match open {
            Open::All => "Everybody is let in, and new rooms are allowed.",
            Open::NoNewRooms => "New rooms are stopped.",
            Open::Draining => "Draining: nobody new is let in.",
        }
        .to_owned()
    }
}

async fn purge(shared: &Arc<Shared>) -> String {
    match crate::purge::run_now(shared).await {
        Ok(Some(rooms)) => format!("Purged: {rooms} rooms that were over or had a lapsed code."),
        Ok(None) => "A purge is under way already.".to_owned(),
        Err(_) => "The purge failed: the store does not answer.".to_owned(),
    }
}

async fn compact(shared: &Arc<Shared>) -> String {
    for _ in 0..AGAIN.0 {
        match shared.engine.compact().await {
            Ok(Compaction::Done) => return "Compacted: no deleted bytes are left in the files.".to_owned(),
            Ok(Compaction::Busy) => tokio::time::sleep(AGAIN.1).await,
            Err(_) => return "The compaction failed: the store does not answer.".to_owned(),
        }
    }
    "Not compacted: somebody else has the database open.".to_owned()
}
