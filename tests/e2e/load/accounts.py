"""The accounts: every request and every message of every scenario, as a table for whoever ran it."""

import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from deliveries import Messages, messages
from stage import FUNCTIONS, Orders
from whole import whole
from witness import CONNECTIONS, Witness, failed_by_version

PATIENCE = 200.0
"""Seconds for the last message: what was under way in an environment that was ended comes again
when its visibility time-out of a minute is over."""


LONGEST = 1800.0
"""Seconds that a scenario's customers stay at most."""


@dataclass(slots=True)
class Account:
    """One scenario's: what was sent, and what became of it. `whole` are the seconds from each stop
    to aliases that serve one release, of those that had traffic on two.
    """

    scenario: str
    requests: int = 0
    failed: int = 0
    strange: int = 0
    messages: Messages = field(default_factory=lambda: Messages(0, 0, 0, 0, 0))
    whole: list[float] = field(default_factory=list)
    examples: tuple[str, ...] = ()

    def row(self) -> Sequence[str]:
        """The row of the table."""
        found = self.messages
        numbers = (self.requests, self.failed, self.strange + found.strange, found.sent)
        counts = (*numbers, found.processed, found.again, found.twice, found.lost)
        seconds = ", ".join(f"{each:.1f}" for each in self.whole) or "-"
        return (self.scenario, *(f"{each:,}" for each in counts), seconds)


HEAD = (
    "scenario", "requests", "failed", "by neither", "messages", "processed", "came again",
    "twice", "lost", "s to whole",
)  # fmt: skip
kept: list[Account] = []
"""Of the scenarios so far, in order."""


def table(accounts: Sequence[Account]) -> str:
    """The accounts in Markdown, with their sums."""
    rows = [HEAD, *(each.row() for each in accounts), _sum(accounts)]
    wide = [max(len(row[number]) for row in rows) for number in range(len(HEAD))]

    def line(row: Sequence[str]) -> str:
        first, *numbers = row
        cells = [first.ljust(wide[0])]
        cells += [each.rjust(width) for each, width in zip(numbers, wide[1:], strict=True)]
        return f"| {' | '.join(cells)} |"

    rule = (
        f"|{'|'.join('-' * (width + 1) + (':' if at else '-') for at, width in enumerate(wide))}|"
    )
    return "\n".join([line(HEAD), rule, *map(line, rows[1:])])


def unexplained(accounts: Sequence[Account]) -> list[str]:
    """Of scenarios in which somebody was answered by neither version, what they were told."""
    return [
        f"{each.scenario}: {example}"
        for each in accounts
        if each.strange
        for example in each.examples
    ]


def _sum(accounts: Sequence[Account]) -> Sequence[str]:
    numbers = [[_number(cell) for cell in each.row()[1:-1]] for each in accounts]
    return ("together", *(f"{sum(column):,}" for column in zip(*numbers, strict=True)), "")


def _number(cell: str) -> int:
    return int(cell.replace(",", ""))


class Traffic:
    """Customers of `orders` for the length of a scenario, and its account.

    In the block everything is as one likes; at its end every message that was sent is waited for,
    and the account is kept. `killed` are the processes that the scenario has ended.
    """

    def __init__(self, orders: Orders, scenario: str) -> None:
        self.account = Account(scenario)
        self.killed: set[int] = set()
        self.before = whole(orders)
        self.witness: Witness
        self._orders, self._stack = orders, ExitStack()
        self._published = {key: set(orders.published(key)) for key in FUNCTIONS}

    def __enter__(self) -> Self:
        self.witness = self._stack.enter_context(self._orders.witness(seconds=LONGEST))
        self.witness.more(60)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.witness.more(120)
        self._stack.close()
        kept.append(self.account)
        counts = self.witness.counts()
        self.account.requests, self.account.failed = counts.requests, counts.failed
        self.account.examples = counts.examples
        by, mine = counts.requests_by, self._versions("api")
        self.account.strange = sum(by[each] for each in by if each.version not in mine)
        if error is None:
            self._orders.until(self._all_processed, "messages are left", seconds=PATIENCE)
        self.account.messages = self._messages()

    def until_whole(self, since: float, *, seconds: float = 90) -> float:
        """Waits until both aliases serve what they did before, and keeps the time that it took."""
        self._orders.until(self._as_before, "live is not whole", seconds=seconds)
        took = time.monotonic() - since
        self.account.whole.append(took)
        return took

    def nothing_lost(self, *, failed: int = 0) -> None:
        """I2, of everything that was sent. `failed` requests may have died with their environment."""
        account, found = self.account, self.account.messages
        assert account.requests > 0
        assert found.sent > 0
        examples = self.witness.counts().examples
        assert account.failed <= failed, f"{account.failed} requests failed: {examples}"
        assert account.strange <= failed, f"answered by neither version: {examples}"
        assert (found.lost, found.twice, found.strange) == (0, 0, 0), found
        if not self.killed:
            assert found.again == 0, found
        for queue in ("orders-dead-letters", "greenshift-orders-undelivered"):
            assert self._orders.queued(queue) == 0, queue

    def only_failed_by(self, *greens: str) -> None:
        """All that failed was answered by these greens themselves, the last among them, and nothing
        was lost.
        """
        counts = self.witness.counts()
        found = set(failed_by_version(counts))
        assert greens[-1] in found, counts
        assert found <= {*greens}, counts
        self.nothing_lost(failed=counts.failed)
        assert self.account.strange == 0

    def _as_before(self) -> bool:
        now = self._orders.standing()
        return now.versions == self.before.versions and not any(now.weights.values())

    def _versions(self, key: str) -> Collection[str]:
        """What may serve in the scenario: blue, and what was published meanwhile."""
        new = set(self._orders.published(key)) - self._published[key]
        return {self.before.versions[key]} | new

    def _messages(self) -> Messages:
        placed = self.witness.placed()
        return messages(self._orders, placed, self._versions("worker"), self.killed)

    def _all_processed(self) -> bool:
        return self._messages().lost == 0


MOST_UNDER_WAY = CONNECTIONS
"""Requests that an end of all environments can take with it."""
