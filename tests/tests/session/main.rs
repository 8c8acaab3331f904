//! What a session does with time and with answers that are lost: no socket, no clock, frame by frame.

mod connection;
mod habits;
mod lost;
mod refusals;
mod room;

use sotto_protocol::{CommandKind, Request, decode};
use sotto_tests::hostile::Stage;

const ALICE: usize = 0;
const BOB: usize = 1;

fn commands(stage: &Stage, who: usize, kind: CommandKind) -> Vec<Request> {
    let said = stage.said_by(who).into_iter();
    let said = said.filter_map(|frame| decode::<Request>(&frame).ok());
    said.filter(|request| request.command.kind() == kind).collect()
}
