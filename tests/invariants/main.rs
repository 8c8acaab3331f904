//! One file for each invariant of `docs/architecture.md`; the head of each names the one-line change of the product that
//! makes it fail, and what failed when it was made.
//!
//! Most run against a relay process with clients that speak the wire and nothing else ([`wire`]), so that they can say
//! what no honest client would. Those about the page (2, 9, 10) run in Chromium and Firefox.

#[cfg(test)]
mod database;
#[cfg(test)]
mod invariant_01_one_message;
#[cfg(test)]
mod invariant_02_capture;
#[cfg(test)]
mod invariant_03_authorship;
#[cfg(test)]
mod invariant_04_idempotency;
#[cfg(test)]
mod invariant_05_acknowledged;
#[cfg(test)]
mod invariant_06_one_failure;
#[cfg(test)]
mod invariant_07_nothing_written_down;
#[cfg(test)]
mod invariant_08_deletion;
#[cfg(test)]
mod invariant_08_killed_purge;
#[cfg(test)]
mod invariant_09_nothing_stored;
#[cfg(test)]
mod invariant_09_profile;
#[cfg(test)]
mod invariant_10_only_the_relay;
#[cfg(test)]
mod invariant_11_hostile_relay;
#[cfg(test)]
mod kdf;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod wiped_memory;
#[cfg(test)]
mod wire;
