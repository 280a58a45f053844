"""How far the backfills are, in numbers and in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from handlers.domain.messages import BackfillProgress, Schema
from handlers.domain.schema.backfill.history import BackfillEntry

_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What one invocation did: it passed `passed` keys of the backfill `entry` in `seconds`, and
    `spent` seconds went into backfills altogether in this deployment. `left` are those that may be
    done after green got traffic, and are left for then. `note` is what a person should know.
    """

    next: Literal["again", "done"] = "done"
    entry: BackfillEntry | None = None
    passed: int = 0
    seconds: float = 0.0
    spent: float = 0.0
    longest_ms: float = 0.0
    left: tuple[BackfillEntry, ...] = ()
    note: str = ""


def with_backfills(
    section: Schema, done: Slice, entries: Sequence[BackfillEntry], *, deployment: str
) -> Schema:
    """The section of the expand files, completed by what was backfilled; `entries` are the ledger's
    rows now.
    """
    ended = [each for each in entries if each.deployment == deployment and each.state == "done"]
    shown = _measured(done)
    if done.next == "again":
        reason = _sentence(shown) if shown else section.reason
    else:
        parts = [*(_left(each) for each in done.left), *(_ended(each) for each in ended)]
        reason = "; ".join([section.reason, *_few(parts)])
    longest = max([section.longest_lock_ms, done.longest_ms, *(each.held_ms for each in ended)])
    return replace(
        section,
        longest_lock_ms=longest,
        backfill=shown or (_whole(ended[-1]) if ended else section.backfill),
        next=done.next,
        reason=f"{reason}; {done.note}" if done.note else reason,
    )


def _few(parts: Sequence[str]) -> list[str]:
    more = [f"and {len(parts) - _TOLD} more backfills"] if len(parts) > _TOLD else []
    return [*parts[:_TOLD], *more]


def _measured(done: Slice) -> BackfillProgress | None:
    entry = done.entry
    if entry is None:
        return None
    rate = done.passed / done.seconds if done.seconds > 0 else 0.0
    total = max(entry.total, entry.passed)
    rest = total - entry.passed
    return BackfillProgress(
        name=_title(entry),
        rows=entry.passed,
        total=total,
        share=_share(entry),
        per_second=round(rate),
        seconds_left=round(rest / rate) if rate > 0 else None if rest else 0,
        seconds=round(done.spent, 1),
    )


def _whole(entry: BackfillEntry) -> BackfillProgress:
    return BackfillProgress(_title(entry), entry.passed, entry.passed, 100, 0, 0, 0.0)


def _sentence(shown: BackfillProgress) -> str:
    """`backfill 0002_channel: 45 % of about 1,200,000 rows, 12,300 a second, about 2 min left`."""
    far = f"backfill {shown.name}: {shown.share} % of about {shown.total:,} rows"
    if shown.seconds_left is None or not shown.per_second:
        return far
    return f"{far}, {shown.per_second:,} a second, about {_time(shown.seconds_left)} left"


def _ended(entry: BackfillEntry) -> str:
    return (
        f"backfilled {_title(entry)}: {entry.rows:,} rows changed of {entry.passed:,}, "
        f"batches of {entry.held_ms:.0f} ms at most"
    )


def _left(entry: BackfillEntry) -> str:
    return f"{_title(entry)} is left at {_share(entry)} % for the next release or its contract"


def _share(entry: BackfillEntry) -> int:
    """In whole per cent; 100 only for what is done, as the total is an estimate."""
    if entry.state == "done":
        return 100
    return min(99, 100 * entry.passed // max(entry.total, entry.passed, 1))


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _title(entry: BackfillEntry) -> str:
    return f"{entry.version:04}_{entry.name}"
