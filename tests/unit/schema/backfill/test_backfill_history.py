"""What of the backfills is outstanding, what may not change any more, and how far it is, in one sentence."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.domain.bundle.migration_files import parse_migration_path
from handlers.domain.messages import Schema
from handlers.domain.schema.backfill.backfill import Backfill, read_backfill
from handlers.domain.schema.backfill.history import BackfillEntry, outstanding_backfills
from handlers.domain.schema.backfill.progress import Slice, with_backfills
from handlers.errors import MigrationChanged

STATEMENT = "UPDATE orders SET a = 1 WHERE id > $1 AND id <= $2"


def backfill(number: int, name: str = "x", statement: str = STATEMENT) -> Backfill:
    file = parse_migration_path(f"migrations/{number:04}_{name}.backfill.sql")
    assert file is not None
    return read_backfill(file, f"-- table: orders\n-- key: id\n{statement}")


def entry(of: Backfill, state: Any, **facts: Any) -> BackfillEntry:
    known = BackfillEntry(
        version=of.file.number,
        name=of.file.name,
        checksum=of.checksum,
        state=state,
        at="2026-01-02T03:04:05Z",
        deployment="d1",
        cursor="40",
        rows=30,
        passed=40,
        total=100,
        held_ms=8.0,
    )
    return replace(known, **facts)


ONE, TWO = backfill(1), backfill(2)
OTHER = backfill(1, statement=STATEMENT.replace("a = 1", "a = 2"))

OUTSTANDING = [
    pytest.param([TWO, ONE], [], [(1, None, None), (2, None, None)], id="nothing is begun"),
    pytest.param([ONE, TWO], [entry(ONE, "done")], [(2, None, None)], id="one is done"),
    pytest.param([ONE], [entry(ONE, "started")], [(1, "40", "40")], id="one is under way"),
    pytest.param([ONE], [entry(ONE, "failed")], [(1, "40", "40")], id="one failed"),
    pytest.param([OTHER], [entry(ONE, "failed")], [(1, None, "40")], id="corrected: begins anew"),
    pytest.param([ONE, TWO], [entry(TWO, "done")], [(1, None, None)], id="comes late"),
    pytest.param([ONE], [entry(ONE, "done"), entry(TWO, "started")], [], id="an older release"),
    pytest.param([], [], [], id="no backfill at all"),
]


@pytest.mark.parametrize(("backfills", "entries", "expected"), OUTSTANDING)
def test_what_is_outstanding(backfills: Any, entries: Any, expected: Any) -> None:
    newest = max((each.file.number for each in backfills), default=0)
    tasks = outstanding_backfills(backfills, entries, newest=newest, deployment="d2")
    assert [(t.entry.version, t.entry.cursor, t.recorded) for t in tasks] == expected


REFUSED = [
    pytest.param([OTHER], entry(ONE, "started"), "0001_x.backfill.sql:3: it is sha256:", id="changed while under way"),
    pytest.param([OTHER], entry(ONE, "done"), "was done on 2026-01-02T03:04:05Z; put the file back and write a new one", id="changed when done"),
    pytest.param([backfill(1, "y")], entry(ONE, "done"), "number 0001 was done as 0001_x on", id="another name"),
    pytest.param([TWO], entry(ONE, "started"), "migrations/0001_x.backfill.sql was begun on 2026-01-02T03:04:05Z and is gone", id="gone"),
]  # fmt: skip


@pytest.mark.parametrize(("backfills", "known", "sentence"), REFUSED)
def test_history_that_was_rewritten_is_refused(
    backfills: Any, known: BackfillEntry, sentence: str
) -> None:
    with pytest.raises(MigrationChanged) as raised:
        outstanding_backfills(backfills, [known], newest=2, deployment="d2")
    assert sentence in str(raised.value)


EXPANDED = Schema(
    (), 2, 0, 1.0, "", None, "done", "nothing to apply: 2 expand migrations applied already"
)


def section(done: Slice, *entries: BackfillEntry) -> Schema:
    return with_backfills(EXPANDED, done, entries, deployment="d1")


LARGE = entry(TWO, "started", name="channel", passed=540_000, total=1_200_000)
UNDER_WAY = Slice(next="again", entry=LARGE, passed=123_000, seconds=10, spent=61.23, longest_ms=93)


def test_progress_in_numbers_and_in_one_sentence() -> None:
    told = section(UNDER_WAY, LARGE)
    assert told.reason == (
        "backfill 0002_channel: 45 % of about 1,200,000 rows, 12,300 a second, about 54 s left"
    )
    assert told.backfill is not None
    assert (told.backfill.share, told.backfill.per_second, told.backfill.seconds_left) == (
        45,
        12300,
        54,
    )
    assert (told.backfill.seconds, told.next, told.longest_lock_ms) == (61.2, "again", 93)


@pytest.mark.parametrize(
    ("total", "words"),
    [(1_500_000, "78 s"), (2_200_000, "2 min"), (50_000_000, "67 min"), (90_000_000, "2 h 1 min")],
)
def test_the_time_that_is_left_is_told_as_people_say_it(total: int, words: str) -> None:
    told = section(replace(UNDER_WAY, entry=replace(LARGE, total=total)))
    assert told.reason.endswith(f"about {words} left")


def test_an_estimate_that_was_too_low_never_says_more_than_99_per_cent() -> None:
    told = section(replace(UNDER_WAY, entry=replace(LARGE, total=500)))
    assert told.backfill is not None
    assert (told.backfill.share, told.backfill.total) == (99, 540_000)


def test_a_pause_says_why_and_estimates_nothing() -> None:
    still = replace(UNDER_WAY, passed=0, note="it pauses for a replica that is 9 s behind")
    told = section(still)
    assert told.reason == (
        "backfill 0002_channel: 45 % of about 1,200,000 rows; it pauses for a replica that is 9 s behind"
    )
    assert told.backfill is not None
    assert told.backfill.seconds_left is None


def test_the_end_says_what_was_changed_and_what_is_left() -> None:
    done = entry(ONE, "done", rows=30, passed=40, total=40)
    left = replace(LARGE, passed=0)
    told = section(Slice(entry=done, left=(left,)), done, entry(TWO, "done", deployment="d0"))
    assert told.reason == (
        "nothing to apply: 2 expand migrations applied already; "
        "0002_channel is left at 0 % for the next release or its contract; "
        "backfilled 0001_x: 30 rows changed of 40, batches of 8 ms at most"
    )
    assert told.next == "done"


def test_a_hundred_backfills_stay_a_short_sentence() -> None:
    done = [entry(backfill(number), "done") for number in range(1, 101)]
    told = section(Slice(), *done)
    assert told.reason.endswith("; and 95 more backfills")
    assert len(told.reason) < 700


def test_a_deployment_that_had_nothing_to_backfill_says_nothing_of_it() -> None:
    assert section(Slice(), entry(ONE, "done", deployment="d0")) == EXPANDED
