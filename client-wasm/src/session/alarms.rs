//! The named events of refusal, as they are collected for the page.

use alloc::vec::Vec;

use sotto_protocol::Seat;

use crate::view::{Alarm, AlarmKind};

/// How many are kept: a relay that sends nonsense must not fill the page.
const AT_MOST: usize = 16;

/// What was refused in this tab, newest last, each once.
#[derive(Default)]
pub(super) struct Alarms(Vec<Alarm>);

impl Alarms {
    pub(super) fn raise(&mut self, kind: AlarmKind, seat: Option<Seat>) {
        let alarm = Alarm {
            kind,
            seat: seat.map(Seat::number),
        };
        if !self.0.contains(&alarm) {
            if self.0.len() == AT_MOST {
                self.0.remove(0);
            }
            self.0.push(alarm);
        }
    }

    pub(super) fn shown(&self) -> Vec<Alarm> {
        self.0.clone()
    }
}
