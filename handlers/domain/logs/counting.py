"""How many requests of a version finished and failed, from what it logged in short windows."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.domain.logs.delivery import Line
from handlers.domain.logs.fingerprint import Fingerprint
from handlers.domain.logs.lines import Said, read_line

WINDOW_SECONDS = 5
MOST_KINDS = 20
"""Fingerprints that are taken from one delivery."""


@dataclass(frozen=True, slots=True)
class Window:
    """The requests of the seconds since `start` (epoch): `finished` in whatever way, those that
    `failed`, those for which the service `answered` a failure, and those that `started` in them.
    """

    start: int
    finished: int = 0
    failed: int = 0
    answered: int = 0
    started: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """The windows of one delivery, and when (epoch seconds) which error was logged in it."""

    windows: tuple[Window, ...]
    errors: tuple[tuple[float, Fingerprint], ...]

    @property
    def speaks_of_failures(self) -> bool:
        """Whether there is anything in it but requests that went well."""
        return bool(self.errors) or any(each.failed or each.answered for each in self.windows)


def count(lines: Sequence[Line]) -> Counted:
    """Counts each request once, whatever lines there are about it.

    Lines without an id belong to the request whose report comes next: an environment serves one
    after the other. Where a delivery ends between a failure and its report the next one has the
    report, so that the sums of both are right.
    """
    counting = _Counting()
    for line in lines:
        if said := read_line(line.text):
            counting.take(line.at, said)
    return counting.counted()


class _Counting:
    def __init__(self) -> None:
        self._started: dict[str, float] = {}
        self._finished: dict[str, float] = {}
        self._failed: dict[str, float] = {}
        self._answered: list[float] = []
        self._nameless: float | None = None
        self._answering: float | None = None
        self._seen: set[Fingerprint] = set()
        self._errors: list[tuple[float, Fingerprint]] = []

    def take(self, at: float, said: Said) -> None:
        if said.started:
            self._started.setdefault(said.request or f"at {at}", at)
        if said.error and not (said.finished and self._seen):
            self._note(at, said.error)
        if said.answered:
            self._answering = at
        if said.failed and said.request is None:
            self._nameless = at
        elif said.failed and said.request:
            self._failed.setdefault(said.request, at)
        if said.finished:
            self._finish(at, said.request or f"at {at}")

    def counted(self) -> Counted:
        if self._nameless is not None:
            self._failed[""] = self._nameless
        if self._answering is not None:
            self._answered.append(self._answering)
        sums: dict[int, list[int]] = {}
        finished, failed = self._finished.values(), self._failed.values()
        kinds = (finished, failed, self._answered, self._started.values())
        for number, moments in enumerate(kinds):
            for at in moments:
                start = int(at // WINDOW_SECONDS) * WINDOW_SECONDS
                sums.setdefault(start, [0, 0, 0, 0])[number] += 1
        windows = tuple(Window(start, *each) for start, each in sorted(sums.items()))
        return Counted(windows, tuple(self._errors))

    def _finish(self, at: float, request: str) -> None:
        self._finished.setdefault(request, at)
        if self._nameless is not None:
            self._failed.setdefault(request, at)
        elif self._answering is not None:
            self._answered.append(at)
        self._nameless = self._answering = None
        self._seen = set()

    def _note(self, at: float, error: Fingerprint) -> None:
        """An error that is logged and then raised again is one."""
        if error in self._seen:
            return
        self._seen.add(error)
        if len({each for _, each in self._errors} | {error}) <= MOST_KINDS:
            self._errors.append((at, error))
