//! A room whose time is over. The story waits for longer than any other: its name has it begin before most of them.

use anyhow::ensure;
use sotto_tests::both_browsers;
use sotto_tests::person::Person;
use sotto_tests::relay_process::RelayProcess;

use crate::no_complaints;

both_browsers! {
    /// A room ends by itself.
    async fn time_ends_a_room(kind: Kind) {
        let relay = RelayProcess::start(&["--lifetimes", "20s,1h", "--lifetime", "20s", "--grain", "1s"]).await?;
        let ana = Person::visit(kind, &relay.url()).await?;
        ana.start_and_enter("ana's own passcode", "", 2).await?;
        ana.send("Not for long.").await?;
        ana.sees("This room has ended: its time was over.").await?;
        ana.hears("This room has ended").await?;
        ensure!(!ana.shows("Not for long.").await?);
        no_complaints(&[&ana]).await
    }
}
