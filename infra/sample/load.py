"""A paced load on `orders`, every answer checked."""

import itertools
import math
import threading
import time
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from infra.sample.customer import Customer, Shelf
from infra.sample.load_report import Answerer, Counts, Tally

__all__ = ["Answerer", "Counts", "Load"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST_BEHIND_SECONDS = 0.5
_JOIN_SECONDS = 30.0


class Load:
    """`rate` requests a second over `connections` kept-alive connections, from `start` to `stop`.

    `with Load(url, rate=150) as load: load.counts()`. The pace is the clock's, after a ramp in
    which the first execution environments come up; after a stall it catches up with at most half a
    second of requests. Ends by itself after `max_requests` or `max_seconds`. Raises ValueError for
    any host but this machine.
    """

    def __init__(
        self,
        url: str,
        *,
        rate: float = 150,
        connections: int = 8,
        ramp_seconds: float = 2,
        max_requests: int = 200_000,
        max_seconds: float = 1800,
    ) -> None:
        self._url = urlsplit(url)
        if self._url.scheme != "http" or self._url.hostname not in _LOOPBACK:
            raise ValueError(
                f"{url} is not an http:// address of this machine; the load stays on it"
            )
        if rate <= 0 or connections < 1:
            raise ValueError("a load needs a rate above 0 and at least one connection")
        self._rate, self._ramp = rate, ramp_seconds
        self._max_requests, self._max_seconds = max_requests, max_seconds
        self._shelf = Shelf()
        self._placed: list[str] = []
        self._tally = Tally()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._ended_at: float | None = None
        self._due = itertools.count()
        self._first = 0.0
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"load-{number}", daemon=True)
            for number in range(connections)
        ]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begins; a load runs once."""
        self._tally.began, self._first = time.time(), time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> Counts:
        """Lets the requests under way end, and answers the final counts. Safe to repeat."""
        self._stopped.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(_JOIN_SECONDS)
        with self._lock:
            self._ended_at = self._ended_at or time.time()
        return self.counts()

    def counts(self) -> Counts:
        """What happened so far."""
        with self._lock:
            return self._tally.snapshot(self._ended_at or time.time())

    def placed(self) -> tuple[str, ...]:
        """The ids of all orders whose placing was answered with 201."""
        with self._lock:
            return tuple(self._placed)

    def _run(self, number: int) -> None:
        customer = Customer(self._url, self._shelf, seed=number)
        try:
            while self._wait():
                outcome = customer.request()
                with self._lock:
                    self._tally.add(
                        outcome.by, outcome.milliseconds, outcome.failure, outcome.example
                    )
                    if outcome.placed:
                        self._shelf.put(outcome.placed)
                        self._placed.append(outcome.placed[0])
                        self._tally.placed += 1
        finally:
            customer.close()

    def _wait(self) -> bool:
        """Waits until the next request is due; False when the load is over."""
        with self._lock:
            number = next(self._due)
            due = self._first + self._offset(number)
            behind = time.monotonic() - due
            if behind > _MOST_BEHIND_SECONDS:
                self._first += behind - _MOST_BEHIND_SECONDS
            self._tally.behind_seconds = max(0.0, min(behind, _MOST_BEHIND_SECONDS))
        over = time.time() - self._tally.began > self._max_seconds
        if over or number >= self._max_requests:
            return False
        return not self._stopped.wait(max(0.0, -behind))

    def _offset(self, number: int) -> float:
        """When a request is due, in seconds from the start: the rate grows evenly in the ramp."""
        within = self._rate * self._ramp / 2
        if number < within:
            return math.sqrt(2 * self._ramp * number / self._rate)
        return self._ramp + (number - within) / self._rate
