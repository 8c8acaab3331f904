//! Each rule of the chain by itself. Against a whole hostile relay: `tests/tests/hostile`.

use sotto_protocol::{Commit, SeatMap, VERSION};

use super::*;

fn hash(number: u8) -> MessageHash {
    MessageHash::new([number; 32])
}

/// A message of seat 0 with this id, in this revision, after that one.
fn header(turn: u64, rev: u32, id: u8, prev: MessageHash) -> Header {
    Header {
        version: VERSION,
        id: MessageId::new([id; 16]),
        turn,
        rev,
        seat: Seat::FIRST,
        seats: SeatMap::new(),
        prev,
        commit: Commit::new([0; 32]),
    }
}

/// A tab that has seen turn 4, in revisions 0 and 1, and missed nothing.
fn seen() -> Chain {
    let mut chain = Chain::default();
    chain.accept(&header(3, 0, 3, hash(2)), hash(3));
    chain.accept(&header(4, 0, 4, hash(3)), hash(40));
    chain.accept(&header(4, 1, 4, hash(3)), hash(41));
    chain.close_gap();
    chain
}

#[test]
fn the_next_turn_follows_the_last_revision() {
    let chain = seen();
    let judge = |turn, prev| chain.judge(&header(turn, 0, 5, prev), &hash(5));
    assert_eq!(judge(5, hash(41)), Ok(Fit::Next));
    assert_eq!(
        judge(5, hash(40)),
        Err(AlarmKind::ChainBroken),
        "an earlier revision"
    );
    assert_eq!(judge(6, hash(41)), Err(AlarmKind::ChainBroken), "a turn left out");
    assert_eq!(judge(3, hash(2)), Err(AlarmKind::RolledBack));
}

#[test]
fn after_a_gap_turns_may_have_gone_by() {
    let mut chain = seen();
    chain.open_gap();
    let judge = |turn, prev| chain.judge(&header(turn, 0, 5, prev), &hash(5));
    assert_eq!(judge(5, hash(41)), Ok(Fit::Next));
    assert_eq!(
        judge(5, hash(9)),
        Ok(Fit::AfterGap),
        "it answers what was not shown"
    );
    assert_eq!(judge(6, hash(9)), Ok(Fit::Next), "nothing to hold it against");
    assert_eq!(judge(3, hash(2)), Err(AlarmKind::RolledBack));
}

#[test]
fn a_fresh_tab_comes_into_any_turn_and_a_gap_is_closed_by_its_owner_alone() {
    let mut chain = Chain::default();
    assert_eq!(chain.judge(&header(7, 2, 7, hash(6)), &hash(7)), Ok(Fit::Next));
    chain.accept(&header(7, 2, 7, hash(6)), hash(7));
    assert!(chain.has_gap());
    chain.close_gap();
    assert!(!chain.has_gap());
}

#[test]
fn one_message_for_each_revision_and_none_goes_back() {
    let mut chain = seen();
    let judge = |chain: &Chain, rev, number| chain.judge(&header(4, rev, 4, hash(3)), &hash(number));
    assert_eq!(judge(&chain, 1, 41), Ok(Fit::Same));
    assert_eq!(judge(&chain, 0, 40), Err(AlarmKind::RolledBack));
    assert_eq!(judge(&chain, 0, 49), Err(AlarmKind::Replayed));
    assert_eq!(judge(&chain, 3, 43), Ok(Fit::Next));
    chain.accept(&header(4, 3, 4, hash(3)), hash(43));
    assert_eq!(
        judge(&chain, 2, 42),
        Err(AlarmKind::RolledBack),
        "one that was never shown"
    );
}

#[test]
fn a_revision_keeps_id_prev_and_author() {
    let chain = seen();
    let other_author = Header {
        seat: Seat::new(1).unwrap(),
        ..header(4, 2, 4, hash(3))
    };
    for (what, next) in [
        ("id", header(4, 2, 9, hash(3))),
        ("prev", header(4, 2, 4, hash(9))),
        ("author", other_author),
    ] {
        assert_eq!(
            chain.judge(&next, &hash(42)),
            Err(AlarmKind::ChainBroken),
            "{what}"
        );
    }
    assert_eq!(chain.judge(&header(4, 2, 4, hash(3)), &hash(42)), Ok(Fit::Next));
}

#[test]
fn what_is_deleted_stays_so() {
    let mut chain = seen();
    assert_eq!(chain.judge_unsealed(4), Ok(()));
    assert_eq!(chain.judge_unsealed(3), Err(AlarmKind::RolledBack));
    chain.accept_deleted(4, Seat::FIRST, hash(41));
    assert_eq!(chain.judge_unsealed(4), Err(AlarmKind::RolledBack));
    assert_eq!(
        chain.judge(&header(4, 1, 4, hash(3)), &hash(41)),
        Err(AlarmKind::RolledBack)
    );
    assert_eq!(chain.judge(&header(5, 0, 5, hash(41)), &hash(5)), Ok(Fit::Next));
    assert_eq!(chain.judge_unsealed(5), Ok(()));
}

#[test]
fn what_is_past_is_known_for_the_turn_before() {
    let mut chain = seen();
    assert!(chain.is_past(&hash(40)), "an earlier revision");
    assert!(chain.is_past(&hash(3)), "the message before");
    assert!(!chain.is_past(&hash(41)), "the last revision");
    assert!(!chain.is_past(&hash(9)), "one that was never shown");
    chain.accept(&header(5, 0, 5, hash(41)), hash(5));
    assert!(chain.is_past(&hash(41)));
    assert!(!chain.is_past(&hash(40)), "not for longer");
}

#[test]
fn whole_is_what_was_shown_from_the_first_revision_on() {
    assert!(seen().is_whole());
    let mut late = Chain::default();
    late.accept(&header(4, 1, 4, hash(3)), hash(41));
    assert!(!late.is_whole());
}
