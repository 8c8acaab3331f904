//! What is left in the session's memory after a lock and after leaving a room, had its worker not been ended: nothing; and
//! in the stretcher's after a run of Argon2id: nothing of the 64 MiB that it worked in.
//!
//! The page ends the worker in both cases, and its memory goes with it. This looks at what the session itself leaves
//! behind, so that a browser that is slow to let go of a worker's memory has nothing to let go of. The worker is served
//! with three lines more, which show its memory to the page, and the page's `terminate` does nothing.
//!
//! Red when made: without `zeroize_stack` in `client-wasm/src/bindings.rs` (all keys were on the stack); without `ZeroAlloc` in
//! `wasm-runtime/src/lib.rs` (texts, the access key and the room hash were in memory that had been given back, and 67 million
//! bytes of a run).

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use sotto_tests::both_browsers;
use sotto_tests::capture::Traffic;
use sotto_tests::capture::search::{Haystack, Secret};
use sotto_tests::capture::tap::Tap;
use sotto_tests::meddler::{Change, Meddler};
use sotto_tests::person::Person;

use crate::relay::start;
use crate::secrets::Secrets;
use crate::wire::Wire;

const PASSCODES: [&str; 2] = ["ana's very own passcode", "benedikta's passcode"];
const TEXTS: [&str; 2] = ["The bakery has closed.", "Then by the river."];
/// What a run works in, in bytes.
const ARGON2ID: u64 = 64 << 20;
const DRAFT: &str = "half a thought that was never sent";

/// Comes before the worker's own listener, and answers with all of the wasm's memory.
const SHOWS: &str = "addEventListener('message', (event) => {
  if (event.data.is !== 'show') return;
  event.stopImmediatePropagation();
  postMessage({ is: 'memory', bytes: new Uint8Array(globalThis.shown.memory.buffer).slice() });
});\n";

/// Keeps the page from ending workers, and keeps the session's at hand.
const HOLD: &str = "
    const post = Worker.prototype.postMessage;
    Worker.prototype.terminate = function () {};
    Worker.prototype.postMessage = function (message, transfer) {
      if (message.call) window.session = this;
      post.call(this, message, transfer ?? []);
    };
    window.memory = () => new Promise((resolve) => {
      const { session } = window;
      const hear = ({ data }) => {
        if (data.is !== 'memory') return;
        session.removeEventListener('message', hear);
        let text = '';
        for (let at = 0; at < data.bytes.length; at += 32768) text += String.fromCharCode(...data.bytes.subarray(at, at + 32768));
        resolve(btoa(text));
      };
      session.addEventListener('message', hear);
      post.call(session, { is: 'show' }, []);
    });";

/// Comes before the stretcher's own listener, and answers with how many bytes its wasm's memory has, and how many of them are in
/// words that are not zero.
const COUNTS: &str = "addEventListener('message', (event) => {
  if (event.data.is !== 'count') return;
  event.stopImmediatePropagation();
  const words = new BigUint64Array(globalThis.shown.memory.buffer);
  postMessage([words.byteLength, 8 * words.reduce((count, word) => count + (word === 0n ? 0 : 1), 0)]);
});\n";

/// Keeps the page from ending workers, and keeps the stretcher at hand.
const HOLD_STRETCHER: &str = "
    const post = Worker.prototype.postMessage;
    Worker.prototype.terminate = function () {};
    Worker.prototype.postMessage = function (message, transfer) {
      if (message instanceof MessagePort) window.stretcher = this;
      post.call(this, message, transfer ?? []);
    };
    window.count = () => new Promise((resolve) => {
      const { stretcher } = window;
      stretcher.addEventListener('message', ({ data }) => data && resolve(data));
      post.call(stretcher, { is: 'count' }, []);
    });";

/// Nothing pins a worker's own script; what it imports may be pinned for the page, which imports some of it too.
fn show_memory(path: &str, file: &mut sotto_tests::capture::http::Message) -> Result<bool> {
    let is_it = path.ends_with("/worker/session.js");
    if is_it {
        let source = String::from_utf8(file.body.clone())?;
        let kept = "load(\"client\", async (options) => (globalThis.shown = await init(options)))";
        let shown = source.replacen("load(\"client\", init)", kept, 1);
        ensure!(shown != source, "the worker loads its wasm in another way");
        file.body = format!("{SHOWS}{shown}").into_bytes();
    }
    Ok(is_it)
}

/// The same for the stretcher.
fn count_memory(path: &str, file: &mut sotto_tests::capture::http::Message) -> Result<bool> {
    let is_it = path.ends_with("/worker/stretcher.js");
    if is_it {
        let source = String::from_utf8(file.body.clone())?;
        let kept = "load(\"stretcher\", async (options) => (globalThis.shown = await init(options)))";
        let shown = source.replacen("load(\"stretcher\", init)", kept, 1);
        ensure!(shown != source, "the worker loads its wasm in another way");
        file.body = format!("{COUNTS}{shown}").into_bytes();
    }
    Ok(is_it)
}

/// All of the session's memory, as one part.
async fn memory(person: &Person) -> Result<Haystack> {
    let shown = person
        .browser
        .client()
        .execute_async("window.memory().then(arguments[0]);", vec![])
        .await?;
    let bytes = BASE64.decode(shown.as_str().context("the memory as text")?.as_bytes())?;
    ensure!(
        bytes.len() > 500_000,
        "{} bytes are no session's memory",
        bytes.len()
    );
    let mut haystack = Haystack::default();
    haystack.add("memory", bytes);
    Ok(haystack)
}

/// Which of the secrets are there.
fn found(haystack: &Haystack, secrets: &[Secret]) -> Vec<String> {
    secrets
        .iter()
        .flat_map(|secret| haystack.hits(secret))
        .map(|hit| format!("{} ({:?})", hit.secret, hit.form))
        .collect()
}

both_browsers! {
    async fn the_session_leaves_nothing_behind(kind: Kind) {
        let relay = start(&[]).await?;
        let tap = Tap::start(relay.address()).await?;
        let change: Change = show_memory;
        let meddler = Meddler::start(&tap.address().to_string(), change).await?;
        let ana = Person::arrive(kind, &meddler.url()).await?;
        let ben = Person::arrive(kind, &meddler.url()).await?;
        for person in [&ana, &ben] {
            person.browser.run(HOLD, vec![]).await?;
        }
        let handed = ana.start_and_enter(PASSCODES[0], "", 2).await?;
        ben.join(&handed, PASSCODES[1], "").await?;
        ana.sees("The other person here").await?;
        ana.send(TEXTS[0]).await?;
        ben.reads(TEXTS[0]).await?;
        ben.send(TEXTS[1]).await?;
        ana.reads(TEXTS[1]).await?;
        ben.hears("Read").await?;
        ana.browser.fill("Message", DRAFT).await?;

        let salt = Wire::connect(relay.address()).await?.welcome.salt;
        let mut secrets = Secrets::of(&handed.phrase, salt.as_bytes())?;
        secrets.keep("text", &TEXTS);
        secrets.keep("draft", &[DRAFT]);
        let passcodes = [secrets.passcode(0, PASSCODES[0])?, secrets.passcode(1, PASSCODES[1])?];
        secrets.add_sent(&Traffic::read(&tap.recording())?.frames_sent, &passcodes)?;
        let all = [secrets.kept, secrets.sent].concat();

        // The control: while the room is open, its keys and its message are there.
        let before = found(&memory(&ana).await?, &all).join(", ");
        for held in ["phrase", "text", "room_secret", "vault_key", "seat_seed", "pair", "access key"] {
            ensure!(before.contains(held), "control: {held} is not among {before}");
        }
        ana.browser.click("Lock").await?;
        ana.browser.wait_for("button", "Resume").await?;
        let left = found(&memory(&ana).await?, &all);
        ensure!(left.is_empty(), "after the lock: {left:?}");

        ben.confirm("Leave").await?;
        ben.sees("You have left.").await?;
        let left = found(&memory(&ben).await?, &all);
        ensure!(left.is_empty(), "after leaving: {left:?}");
        Ok(())
    }

    /// Its allocator wipes what a run gives back; what is left are its own tables and its stack.
    async fn the_stretcher_leaves_nothing_behind(kind: Kind) {
        let relay = start(&[]).await?;
        let change: Change = count_memory;
        let meddler = Meddler::start(&relay.address().to_string(), change).await?;
        let ana = Person::arrive(kind, &meddler.url()).await?;
        ana.browser.run(HOLD_STRETCHER, vec![]).await?;
        ana.try_open("any phrase", "any passcode").await?;
        ana.sees("That did not open a room.").await?;
        let counted = ana
            .browser
            .client()
            .execute_async("window.count().then(arguments[0]);", vec![])
            .await?;
        let [all, left]: [u64; 2] = serde_json::from_value(counted)?;
        ensure!(all >= ARGON2ID, "control: {all} bytes are too few for a run");
        ensure!((10_000..1 << 20).contains(&left), "of {all} bytes {left} are not wiped");
        Ok(())
    }
}
