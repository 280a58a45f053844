"""Fills a thin minute of a bake: puts the release's synthetic checks to both versions by number."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import now
from handlers.adapters.functions.probes import Answered
from handlers.adapters.functions.synthetic_calls import SyntheticCalls
from handlers.domain.probe.expectation import unmet
from handlers.domain.probe.probe_answer import http_answer
from handlers.domain.record import Record
from handlers.domain.release.check_expectation import Expectation
from handlers.domain.synthetic.requests import MOST_ROUNDS, SyntheticCheck
from handlers.domain.synthetic.rounds import Round, Row
from handlers.domain.synthetic.thin import MINUTE, order, shuffled

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

LONGEST = 15
"""Seconds after which no pair is begun. One that hangs takes 20 more, and the look and its writes
still fit into Bake's minute.
"""
_AT_ONCE = 4
"""Pairs, so eight calls."""
_MOST_UNANSWERED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Lambda's name of a function, and its versions; `blue` is None where it is the seed."""

    name: str
    green: str
    blue: str | None


def fill(
    tools: "Tools",
    record: Record,
    missing: Mapping[str, int],
    sides: Mapping[str, Sides],
    *,
    at: float,
    see_held: Callable[[], object],
) -> None:
    """Makes so many requests of each function as are `missing` to the minute of the epoch second
    `at`, unless it has had its round. `see_held` raises when the deployment's claim is lost: it is
    asked before every few requests.

    Safe to repeat: a minute that was begun is not begun again, and counted once or never.
    """
    start = int(at // MINUTE) * MINUTE
    pairs = _pairs(record, missing, start)
    begun, _ = tools.synthetic_rounds.known(record.deployment)
    by = uuid.uuid4().hex
    if not pairs or begun >= MOST_ROUNDS:
        return
    if not tools.synthetic_rounds.begin(record.deployment, start, by):
        return
    sending = _Sending(tools.synthetic_calls, sides, shuffled(start))
    began = now()
    with ThreadPoolExecutor(max_workers=2 * _AT_ONCE) as pool:
        for first in range(0, len(pairs), _AT_ONCE):
            if now() - began >= LONGEST:
                break
            see_held()
            sending.ask(pairs[first : first + _AT_ONCE], pool)
    tools.synthetic_rounds.count(record.deployment, by, sending.round(start, began, now()))


def _pairs(record: Record, missing: Mapping[str, int], start: int) -> list[SyntheticCheck]:
    assert record.synthetic is not None
    found = [
        check
        for key, count in sorted(missing.items())
        for check in order(record.synthetic.of(key), count, start)
    ]
    shuffled(start).shuffle(found)
    return found


@dataclass(frozen=True, slots=True)
class _Call:
    """One request to one version, of the pair with the `number`."""

    number: int
    arm: str
    version: str
    check: SyntheticCheck


@dataclass(slots=True)
class _Sending:
    """One round, under way."""

    calls: SyntheticCalls
    sides: Mapping[str, Sides]
    chance: Random
    seen: list[tuple[str, bool, bool | None]] = field(default_factory=list)
    unanswered: list[tuple[str, str]] = field(default_factory=list)

    def ask(self, checks: Sequence[SyntheticCheck], pool: ThreadPoolExecutor) -> None:
        """Puts each to green and blue at the same time, in an order of chance. Both answers of a
        pair count, or none; a function that is not answered for five pairs is left alone.
        """
        asked = [check for check in checks if not self._gave_up(check.function)]
        calls = [call for number, check in enumerate(asked) for call in self._pair(number, check)]
        self.chance.shuffle(calls)
        answers: dict[tuple[int, str], Answered | str] = {
            (call.number, call.arm): answered
            for call, answered in zip(calls, pool.map(self._call, calls), strict=True)
        }
        for number, check in enumerate(asked):
            self._note(check, answers[number, "green"], answers.get((number, "blue")))

    def _gave_up(self, function: str) -> bool:
        return sum(key == function for key, _ in self.unanswered) >= _MOST_UNANSWERED

    def _pair(self, number: int, check: SyntheticCheck) -> Iterator[_Call]:
        sides = self.sides[check.function]
        yield _Call(number, "green", sides.green, check)
        if sides.blue is not None:
            yield _Call(number, "blue", sides.blue, check)

    def _call(self, call: _Call) -> Answered | str:
        name, event = self.sides[call.check.function].name, call.check.event
        return self.calls.ask(name, call.version, event, name=call.check.name)

    def _note(
        self, check: SyntheticCheck, green: Answered | str, blue: Answered | str | None
    ) -> None:
        if isinstance(green, str) or isinstance(blue, str):
            why = green if isinstance(green, str) else blue
            self.unanswered.append((check.function, str(why)))
            return
        failed = None if blue is None else _failed(check, blue)
        self.seen.append((check.name, _failed(check, green), failed))

    def round(self, start: int, began: float, ended: float) -> Round:
        """What came of it."""
        return Round(
            start=start,
            began=began,
            ended=ended,
            rows=tuple(
                _row(name, [each for each in self.seen if each[0] == name])
                for name in sorted({each[0] for each in self.seen})
            ),
            unanswered=len(self.unanswered),
            why=self.unanswered[-1][1] if self.unanswered else "",
        )


def _row(name: str, seen: Sequence[tuple[str, bool, bool | None]]) -> Row:
    blues = [blue for _, _, blue in seen if blue is not None]
    return Row(
        check=name,
        green_requests=len(seen),
        green_failures=sum(green for _, green, _ in seen),
        blue_requests=len(blues),
        blue_failures=sum(blues),
    )


def _failed(check: SyntheticCheck, answered: Answered) -> bool:
    """Whether it is not as the check expects, as VerifyGreen judges it."""
    if answered.error is not None:
        return True
    status: int | None = None
    headers: Mapping[str, str] = {}
    body: Any = answered.payload
    if check.form is not None:
        status, headers, body = http_answer(answered.payload, check.form)
    expect = Expectation(status=check.status, json=check.json, headers=check.headers)
    return bool(unmet(expect, status=status, headers=headers, body=body, milliseconds=0.0))
