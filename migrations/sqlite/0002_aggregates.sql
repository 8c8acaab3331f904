-- Sums, for whoever runs the relay: nothing here is about a room or a person. docs/decisions/aggregates.md says what is
-- left out of it, and why.

-- How often something happened in an hour or a day.
CREATE TABLE aggregate (
    -- The length of the time, in seconds: an hour or a day.
    length INTEGER NOT NULL CHECK (length IN (3600, 86400)),
    -- When it began, in Unix seconds.
    start INTEGER NOT NULL CHECK (start % length = 0),
    -- What was counted.
    kind TEXT NOT NULL,
    -- The count. In an hour, what happened fewer than five times has no row.
    count INTEGER NOT NULL CHECK (count >= 5 OR (length = 86400 AND count > 0)),
    PRIMARY KEY (length, start, kind)
) STRICT, WITHOUT ROWID;
