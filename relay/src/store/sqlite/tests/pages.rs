//! Which pages of the files hold what is sealed, are written for a message, and are wiped.

use std::collections::HashSet;

use sotto_protocol::Proof;

use super::*;

/// Breaks when fillers, padding or the page size change so that sealed bytes come to lie in a b-tree page.
#[test]
fn what_is_sealed_lies_in_overflow_pages_only() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    // A message of each length, rooms without one, a code without an invitation.
    for number in 0..8 {
        done(&mut store, &[create(number), invite(number)]);
        if number < 4 {
            done(&mut store, &[send(number)]);
        }
    }
    done(
        &mut store,
        &[by(
            7,
            9,
            SeatCommand::Invite {
                seat: Seat::new(1).unwrap(),
                invited: Some(Invited {
                    token: TokenHash::new([9; 32]),
                    invitation: None,
                }),
            },
        )],
    );
    assert_eq!(store.compact().unwrap(), Compaction::Done);

    let file = std::fs::read(directory.path().join("sotto.db")).unwrap();
    let runs = |overflow: bool| -> HashSet<&[u8]> {
        let pages = format!("SELECT pageno FROM dbstat WHERE (pagetype = 'overflow') = {overflow}");
        let pages = column::<u32>(&store, &pages);
        assert!(pages.len() > 8, "{pages:?}");
        pages
            .into_iter()
            .filter_map(|page| file.chunks(PAGE as usize).nth(page as usize - 1))
            .flat_map(|page| page.windows(16))
            .collect()
    };
    let (tree, overflow) = (runs(false), runs(true));
    for query in [
        "SELECT ledger FROM room",
        "SELECT message FROM room WHERE message IS NOT NULL",
        "SELECT sealed FROM seat",
        "SELECT sealed FROM invite WHERE sealed IS NOT NULL",
    ] {
        for sealed in column::<Vec<u8>>(&store, query) {
            let there = sealed.windows(16).filter(|run| tree.contains(run)).count();
            assert_eq!(there, 0, "{query}: runs in the b-tree's pages");
            let (first, last) = (&sealed[..16], &sealed[sealed.len() - 16..]);
            assert!(overflow.contains(first) && overflow.contains(last), "{query}");
        }
    }
}

/// A message of 1,024 bytes between two people, which answers the last one and proves that it was read.
fn reply(turn: u64) -> Job {
    let seats = [Seat::FIRST, Seat::new(1).unwrap()];
    let (author, reader) = if turn % 2 == 1 {
        (seats[0], seats[1])
    } else {
        (seats[1], seats[0])
    };
    let mark = u8::try_from(turn).unwrap();
    let hash_of = |turn: u8| MessageHash::new([turn; 32]);
    let card = hash::card_hash(&[3; limits::CARD]);
    let header = Header {
        version: 1,
        id: MessageId::new([mark; 16]),
        turn,
        rev: 0,
        seat: author,
        seats: seats.into_iter().map(|seat| (seat, card)).collect(),
        prev: if turn == 1 {
            MessageHash::NONE
        } else {
            hash_of(mark - 1)
        },
        commit: Commit::new([mark; 32]),
    };
    let envelope = Envelope {
        header: header.encode(),
        body: vec![mark; limits::PADDED[1] + limits::TAG],
        boxes: vec![vec![mark; limits::BOX]; 2],
    };
    let written = Box::new(Written {
        header,
        hash: hash_of(mark),
        envelope: Arc::new(envelope),
        without: Seats::NONE,
    });
    let read = (turn > 1).then(|| Proofs::from([(reader, Proof::new([mark; 16]))]));
    Job {
        room: room(0),
        input: Input::By {
            seat: author,
            access: AccessHash::new([1; 32]),
            digest: Digest::new([mark; 32]),
            command: SeatCommand::Send { written, read },
        },
    }
}

/// Breaks when a message that is written over another of as many pages touches more than these, or when what two people
/// send of up to 1,024 bytes takes more than one.
#[test]
fn a_message_that_replaces_another_is_one_page_of_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    let claim = Job {
        room: room(0),
        input: Input::Claim {
            seat: Seat::new(1).unwrap(),
            token: TokenHash::new([9; 32]),
            take: Take {
                access: AccessHash::new([1; 32]),
                vault: vec![2; limits::VAULT],
                card: vec![3; limits::CARD],
            },
        },
    };
    done(&mut store, &[create(0), invite(0), claim]);
    for number in 1..20 {
        done(&mut store, &[create(number), send(number)]);
    }
    // From then on the room remembers as much of both.
    done(&mut store, &[reply(1), reply(2)]);
    let replies = (3..12).map(reply);
    for job in replies.chain([edit(4), delete(1), delete(4)]) {
        assert_eq!(store.compact().unwrap(), Compaction::Done);
        done(&mut store, std::slice::from_ref(&job));
        let log = "PRAGMA wal_checkpoint(PASSIVE)";
        let logged: u32 = store.connection.query_one(log, [], |row| row.get(1)).unwrap();
        assert_eq!(logged, 1, "{job:?}");
    }
}

/// Whether any 16 bytes in a row of these are in any file of the directory.
fn on_disk(directory: &tempfile::TempDir, rows: &[Vec<u8>]) -> usize {
    let files: Vec<PathBuf> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let contents: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let there: HashSet<&[u8]> = contents.iter().flat_map(|bytes| bytes.windows(16)).collect();
    rows.iter()
        .filter(|row| row.windows(16).any(|run| there.contains(run)))
        .count()
}

/// Many rooms, so that the trees are balanced while messages stand and after they went: that is when bytes of a
/// row in a b-tree page would stay behind.
///
/// Breaks when `secure_delete` is off. That what is sealed lies where that wipes, `what_is_sealed_lies_in_overflow_pages_only`
/// shows: this order of writes leaves nothing behind in the tree either.
#[test]
fn of_a_deleted_message_no_sixteen_bytes_are_left_though_the_tree_was_balanced() {
    const ROOMS: u16 = 60;
    let directory = tempfile::tempdir().unwrap();
    let mut store = store(&directory);
    for number in 0..ROOMS {
        done(&mut store, &[create(number), send(number)]);
        assert_eq!(store.compact().unwrap(), Compaction::Done);
    }
    let rows: Vec<Vec<u8>> = column(&store, "SELECT message FROM room");
    assert_eq!(
        on_disk(&directory, &rows),
        usize::from(ROOMS),
        "the search finds what is there"
    );
    for number in 0..ROOMS {
        done(&mut store, &[edit(number)]);
    }
    assert_eq!(store.compact().unwrap(), Compaction::Done);
    assert_eq!(on_disk(&directory, &rows), 0, "what an edit replaced");
    let rows: Vec<Vec<u8>> = column(&store, "SELECT message FROM room");
    for number in 0..ROOMS {
        let gone = if number % 2 == 0 {
            delete(number)
        } else {
            by(
                number,
                4,
                SeatCommand::Expire {
                    proofs: Proofs::default(),
                },
            )
        };
        done(&mut store, &[gone]);
    }
    assert_eq!(store.compact().unwrap(), Compaction::Done);
    assert_eq!(on_disk(&directory, &rows), 0);
}
