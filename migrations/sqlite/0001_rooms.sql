-- Rooms, and all that is kept of them.
--
-- Names and keys are keyed hashes, contents are sealed, both with subkeys of the pepper, which is not in here.
-- Times are Unix seconds, rounded up to the relay's grain; no other time is kept of anything a person did.
--
-- What is sealed is padded to whole overflow pages, and stands behind a filler that is as long as what SQLite then keeps of a
-- row in the b-tree page itself. So what is sealed lies in overflow pages only, which are wiped when they are freed; bytes in
-- a b-tree page are copied when the tree is balanced, and old copies stay behind in the page's unused middle. And a message
-- that is as many pages long as the one before is written over it, and touches no other page. docs/decisions/deletion.md has
-- the story, and how the lengths come about.
--
-- The tables have row numbers: in a tree of keys SQLite reads a row to its last overflow page to compare its key.

-- The deployment: one row.
CREATE TABLE meta (
    -- Always 1.
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    -- The deployment's public salt, made at the first start.
    salt BLOB NOT NULL CHECK (length(salt) = 16)
) STRICT, WITHOUT ROWID;

-- A room, with its one message: the row has no place for a second.
CREATE TABLE room (
    -- Keyed hash of the room hash.
    room BLOB NOT NULL PRIMARY KEY CHECK (length(room) = 32),
    -- The end of the room.
    expires_at INTEGER NOT NULL,
    -- Zeros.
    filler BLOB NOT NULL DEFAULT (zeroblob(448)) CHECK (length(filler) = 448),
    -- The number of its last message, 0 before the first.
    turn INTEGER NOT NULL CHECK (turn >= 0),
    -- Sealed: number of seats, hash of the last message, what retries are known by.
    ledger BLOB NOT NULL,
    -- Sealed: envelope, author, receipts, proofs; of a deleted message author and proofs.
    message BLOB CHECK (message IS NULL OR turn > 0),
    CHECK ((length(ledger) + coalesce(length(message), 0)) % 4092 = 4076)
) STRICT;

CREATE INDEX room_expires_at ON room (expires_at);

-- A seat that somebody has.
CREATE TABLE seat (
    -- The room.
    room BLOB NOT NULL REFERENCES room (room) ON DELETE CASCADE,
    -- The seat's number.
    seat INTEGER NOT NULL CHECK (seat BETWEEN 0 AND 7),
    -- Keyed hash of the access key, bound to room and seat.
    access BLOB NOT NULL CHECK (length(access) = 32),
    -- Zeros.
    filler BLOB NOT NULL DEFAULT (zeroblob(424)) CHECK (length(filler) = 424),
    -- Sealed: vault, card, keyed hash of the token that it was claimed with.
    sealed BLOB NOT NULL CHECK (length(sealed) % 4092 = 4076),
    PRIMARY KEY (room, seat)
) STRICT;

-- A token that is out for a free seat.
CREATE TABLE invite (
    -- The room.
    room BLOB NOT NULL REFERENCES room (room) ON DELETE CASCADE,
    -- The free seat's number.
    seat INTEGER NOT NULL CHECK (seat BETWEEN 0 AND 7),
    -- Keyed hash of the token, bound to room and seat.
    token BLOB NOT NULL CHECK (length(token) = 32),
    -- When the token stops being good.
    lapses_at INTEGER NOT NULL,
    -- Keyed hash of the id of the sealed invitation that goes with the token, if one does.
    invitation BLOB CHECK (length(invitation) = 32),
    -- Zeros.
    filler BLOB NOT NULL DEFAULT (zeroblob(384)) CHECK (length(filler) = 384),
    -- Sealed: the sealed invitation, if there is one.
    sealed BLOB CHECK ((sealed IS NULL) = (invitation IS NULL)) CHECK (length(sealed) % 4092 = 4076),
    PRIMARY KEY (room, seat)
) STRICT;

CREATE INDEX invite_lapses_at ON invite (lapses_at);
-- Not unique: who knows another's id must not make that room's writes fail.
CREATE INDEX invite_invitation ON invite (invitation) WHERE invitation IS NOT NULL;
