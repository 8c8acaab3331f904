//! What this tab sends of itself, and which messages it uncovers.

use sotto_protocol::{Command as Asked, Habits, MessageHash};

use super::seated::Seated;
use super::step::Step;

/// That messages of others are covered.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cover {
    /// The revision that the person asked to see.
    lifted: Option<MessageHash>,
}

impl Seated {
    /// What this tab sends of itself.
    pub(super) fn sends(&self) -> Habits {
        self.habits.unwrap_or_default()
    }

    /// Tells the others what this tab sends, if the person has chosen: a hint, as typing is, which is not answered.
    pub(super) fn tell_habits(&mut self, step: &mut Step<'_>) {
        if let Some(habits) = self.habits
            && self.is_live()
        {
            step.ask(Asked::Habits(habits));
        }
    }

    /// Uncovers the message that stands, or covers it again.
    pub(super) fn uncover(&mut self, shown: bool) {
        let standing = self.room.readable(self.me());
        if let Some(cover) = &mut self.cover {
            cover.lifted = standing.filter(|_| shown);
        }
    }

    /// Whether this revision is covered: neither shown nor ever proved to be read.
    pub(super) fn covers(&self, hash: &MessageHash) -> bool {
        let others = self.room.readable(self.me()) == Some(*hash);
        others && matches!(self.cover, Some(Cover { lifted }) if lifted != Some(*hash))
    }
}
