use super::*;

/// An hour that begins a day.
const START: u64 = 20_000 * DAY;

fn named(rows: Vec<Row>) -> Vec<(u64, u64, String, u64)> {
    let mut rows: Vec<_> = rows
        .into_iter()
        .map(|row| (row.length, row.start, row.kind, row.count))
        .collect();
    rows.sort();
    rows
}

fn row(length: u64, start: u64, kind: &str, count: u64) -> (u64, u64, String, u64) {
    (length, start, kind.to_owned(), count)
}

/// An hour of known events, and of each kind a number of its own.
fn scripted(tally: &Tally, start: u64) {
    let happenings = [
        (Kind::RoomsCreated, 9),
        (Kind::EndedByTime, 2),
        (Kind::EndedByHand, 4),
        (Kind::EndedByVacate, 1),
        (Kind::Messages, 120),
        (Kind::Edits, 5),
        (Kind::Deletes, 4),
        (Kind::Reads, 77),
    ];
    for (kind, number) in happenings {
        for second in 0..number {
            tally.happened(kind, start + second * (HOUR / number));
        }
    }
    for _ in 0..6 {
        tally.count(Kind::Refused(Refused::Conflict));
        tally.connected();
        tally.sent(Duration::from_millis(2));
    }
    tally.disconnected();
    tally.count(Kind::Fault(crate::faults::Fault::Malformed));
}

#[test]
fn a_scripted_hour_gives_exactly_the_expected_table() {
    let tally = Tally::default();
    tally.open(&[], 3, START);
    scripted(&tally, START);
    assert_eq!(tally.rooms(), 3 + 9 - 2 - 4 - 1);
    assert_eq!(tally.take_due(START + HOUR - 1, false), [], "nothing is over");
    // The first event of the next hour closes the one before.
    tally.happened(Kind::Messages, START + HOUR);
    let hour = |kind, count| row(HOUR, START, kind, count);
    let day = |kind, count| row(DAY, START, kind, count);
    let mut expected = vec![
        hour("rooms_created", 9),
        hour("messages", 120),
        hour("edits", 5),
        hour("reads", 77),
        hour("refused_conflict", 6),
        hour("connections_peak", 6),
        hour("send_median_us", 2047),
        hour("send_tail_us", 2047),
        // Of the day that runs in steps of five, so that it says of the hour no more than the hour does.
        day("rooms_created", 5),
        day("messages", 120),
        day("edits", 5),
        day("reads", 75),
        day("refused_conflict", 5),
        day("connections_peak", 5),
        day("send_median_us", 2047),
        day("send_tail_us", 2047),
    ];
    expected.sort();
    assert_eq!(named(tally.take_due(START + HOUR, false)), expected);
    assert_eq!(tally.take_due(START + HOUR, false), [], "written once");
}

#[test]
fn a_day_that_is_over_is_written_whole() {
    let tally = Tally::default();
    tally.open(&[], 0, START);
    scripted(&tally, START + 23 * HOUR);
    let due = named(tally.take_due(START + DAY, false));
    for (kind, count) in [
        ("rooms_created", 9),
        ("rooms_ended_vacate", 1),
        ("deletes", 4),
        ("reads", 77),
        ("fault_malformed", 1),
    ] {
        assert!(due.contains(&row(DAY, START, kind, count)), "{kind} in {due:?}");
    }
    let small: Vec<_> = due
        .iter()
        .filter(|(length, _, _, count)| *length == HOUR && *count < CROWD)
        .collect();
    assert!(small.is_empty(), "{small:?}");
}

#[test]
fn what_was_written_is_gone_on_with() {
    let first = Tally::default();
    first.open(&[], 0, START);
    scripted(&first, START);
    let rows = first.take_due(START + HOUR / 2, true);
    let second = Tally::default();
    second.open(&rows, 7, START + HOUR / 2);
    second.happened(Kind::Messages, START + HOUR - 1);
    let (hours, days) = second.periods(START + HOUR - 1);
    assert_eq!((hours.len(), days.len()), (25, 31));
    let (hour, day) = (hours.last().unwrap(), days.last().unwrap());
    assert_eq!((hour.start, day.start), (START, START));
    assert_eq!(
        (hour.count(Kind::Messages), day.count(Kind::Messages)),
        (121, 121)
    );
    assert_eq!(hour.count(Kind::Deletes), 0, "fewer than five are not told");

    // And once that hour is over, and another has gone by without a look.
    let (hours, days) = second.periods(START + 2 * HOUR + 5);
    let counts: Vec<u64> = hours
        .iter()
        .rev()
        .take(3)
        .map(|hour| hour.count(Kind::Messages))
        .collect();
    assert_eq!(counts, [0, 0, 121]);
    assert_eq!(days.last().unwrap().count(Kind::Messages), 121);
}

#[test]
fn old_times_are_forgotten() {
    let tally = Tally::default();
    tally.open(&[], 0, START);
    for hour in 0..40 * 24 {
        for _ in 0..5 {
            tally.happened(Kind::Reads, START + hour * HOUR);
        }
    }
    let (hours, days) = tally.periods(START + 40 * DAY);
    assert_eq!((hours.len(), days.len()), (25, 31));
    assert!(
        hours
            .iter()
            .rev()
            .skip(1)
            .all(|hour| hour.count(Kind::Reads) == 5)
    );
    assert!(days.iter().rev().skip(1).all(|day| day.count(Kind::Reads) == 120));
}

#[test]
fn every_kind_has_one_name_and_one_place() {
    for (place, (kind, name)) in KINDS.iter().enumerate() {
        assert_eq!(kind.place(), Some(place));
        assert_eq!(Kind::named(name), Some(place));
    }
}

#[test]
fn what_is_recorded_elsewhere_steps_by_hours_and_not_below_five() {
    let tally = Tally::default();
    tally.open(&[], 0, START);
    let published = |now| tally.published(Kind::Deletes, now);
    for _ in 0..4 {
        tally.happened(Kind::Deletes, START);
    }
    assert_eq!(published(START + HOUR - 1), 0);
    assert_eq!(published(START + HOUR), 0, "four wait for a fifth");
    tally.happened(Kind::Deletes, START + HOUR + 1);
    assert_eq!(published(START + 2 * HOUR - 1), 0, "its hour runs");
    assert_eq!(published(START + 2 * HOUR), 5);
    tally.count(Kind::Fault(crate::faults::Fault::Panic));
    assert_eq!(
        tally.published(Kind::Fault(crate::faults::Fault::Panic), START + 2 * HOUR),
        1
    );
}
