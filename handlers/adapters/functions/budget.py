"""The account's one budget for Lambda's control plane: when a call's turn is, for all deployments.

Who waits for a turn asks the ledger for it; a rollback stands in a line of its own, and puts those
who stand in the other one back by what it takes.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from handlers.adapters.functions.pace import Pace
from handlers.adapters.invocation import invocation
from handlers.adapters.ledger.lines import Lines
from handlers.domain.budget.budget import FIRST_RATE, THROTTLED_SECONDS
from handlers.domain.budget.line import (
    FARTHEST_SECONDS,
    FIRST_FARTHEST_SECONDS,
    Line,
    Place,
    Taking,
    places,
)
from handlers.errors import TransientAws

_log = logging.getLogger("greenshift")
_FIRST, _REST = "FIRST", "REST"
_PATIENCE = {_FIRST: 0.5, _REST: 5.0}
"""Seconds that the ledger has to answer in, before the environment goes at its own pace."""
_ALONE_SECONDS = 30.0
_ALONE_SHARE = 0.25
"""Of the rate, for a deployment that cannot ask who else is under way."""
_HEARD_SECONDS = 0.25
"""Calls that are throttled in the same moment are heard as one."""

Answer = TypeVar("Answer")


class Budget:
    """`wait` returns when a call may be made; from several threads, which ask for their turns
    together, so that a write to the ledger is shared by all who wait in the meantime.

    `first` is for rollbacks: their first calls wait for nothing but the ledger's answer, and for
    that half a second at most.
    """

    def __init__(
        self,
        lines: Lines,
        rate: float,
        *,
        first: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        left: Callable[[], float] = invocation.left,
    ) -> None:
        self._lines, self._rest_rate, self._left = lines, rate, left
        self._name = _FIRST if first else _REST
        self._rate = FIRST_RATE if first else rate
        self._clock, self._sleep = clock, sleep
        self._counting, self._asking = threading.Lock(), threading.Lock()
        self._wanted = 0
        self._places: deque[Place] = deque()
        self._seen: dict[str, Line] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._heard_at = 0.0
        share = 1.0 if first else _ALONE_SHARE
        self._alone, self._alone_until = Pace(self._rate * share, clock, sleep), 0.0

    def wait(self) -> None:
        """Returns when it is the turn of one call. Raises TransientAws where that would be after
        the Lambda's end: the state machine tries again, and goes on with what is done by then.
        """
        with self._counting:
            self._wanted += 1
        place = self._place()
        if place is None:
            self._alone.wait()
            return
        while (pause := place.at - self._clock()) > 0:
            if pause > self._left():
                if self._name == _FIRST:
                    return
                raise TransientAws(
                    f"Lambda's control plane is taken by other deployments for {pause:.0f} s more"
                )
            self._sleep(pause)
            if self._name == _FIRST or (line := self._ask(self._lines.read, _REST)) is None:
                return
            place = place.put_back(line)

    def throttled(self) -> None:
        """Lambda has throttled a call: others take more of the quota than they were left, and all
        deployments hold back a little. Nobody waits for the answer.
        """
        now = self._clock()
        if now >= max(self._alone_until, self._heard_at + _HEARD_SECONDS):
            self._heard_at = now
            self._submit(self._push, THROTTLED_SECONDS * self._rest_rate)

    def _place(self) -> Place | None:
        """The next place, None where the ledger does not tell one."""
        with self._asking:
            if not self._places:
                with self._counting:
                    calls, self._wanted = max(1, self._wanted), 0
                if (taken := self._ask(self._take, calls)) is None:
                    return None
                self._places.extend(places(taken, calls, self._rate))
            return self._places.popleft()

    def _take(self, calls: int) -> Line:
        line = self._stand(self._name, calls, self._rate)
        if self._name == _FIRST:
            self._push(calls)
        return line

    def _push(self, calls: float) -> None:
        self._stand(_REST, calls, self._rest_rate, push=True)

    def _stand(self, name: str, calls: float, rate: float, *, push: bool = False) -> Line:
        farthest = FIRST_FARTHEST_SECONDS if name == _FIRST else FARTHEST_SECONDS
        taking = Taking.of(calls, rate, self._clock(), self._seen.get(name), farthest)
        line = self._seen[name] = self._lines.take(name, taking, push=push)
        return line

    def _ask(self, question: Callable[..., Answer], about: object) -> Answer | None:
        """The ledger's answer, None where it gave none in time: then it is not asked for a while,
        as nothing that it knows is worth a call that is not made.
        """
        if self._clock() < self._alone_until:
            return None
        try:
            return self._submit(question, about).result(_PATIENCE[self._name])
        except Exception as error:  # noqa: BLE001 - whatever it is, the calls go on without
            self._alone_until = self._clock() + _ALONE_SECONDS
            _log.warning(
                "the budget for Lambda's control plane cannot be asked, each goes at its own pace "
                "for %.0f s: %s: %s", _ALONE_SECONDS, type(error).__name__, error,
            )  # fmt: skip
            return None

    def _submit(self, question: Callable[..., Answer], about: object) -> "Future[Answer]":
        if self._pool is None:
            self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="budget")
        return self._pool.submit(question, about)
