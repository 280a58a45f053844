"""Lambda's quota as AWS keeps it, in front of aliases that are kept in this process; and a clock that
nobody waits for.
"""

import heapq
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse

from handlers.adapters.ledger.lines import Lines
from handlers.domain.budget.budget import QUOTA
from handlers.domain.budget.line import Line, Taking


class Clock:
    """Time that passes when everybody sleeps: then the first to wake goes on, and it is his time.
    Who has made it is awake.
    """

    def __init__(self) -> None:
        self._now, self._lock = 1_795_000_000.0, threading.Lock()
        self._awake = 1
        self.asleep: list[tuple[float, int, threading.Event]] = []
        self._order = itertools.count()

    def time(self) -> float:
        return self._now

    def begin(self) -> None:
        """Somebody is awake: while he is and does not sleep, no time passes."""
        with self._lock:
            self._awake += 1

    def rest(self) -> None:
        """Somebody has ended, or waits for others."""
        with self._lock:
            self._awake -= 1
            if self._awake == 0 and self.asleep:
                wakes, _, woken = heapq.heappop(self.asleep)
                self._now, self._awake = max(self._now, wakes), 1
                woken.set()

    def sleep(self, seconds: float) -> None:
        woken = threading.Event()
        with self._lock:
            heapq.heappush(self.asleep, (self._now + seconds, next(self._order), woken))
        self.rest()
        assert woken.wait(60), "somebody who is awake does nothing"


class Crew:
    """A pool as ThreadPoolExecutor for one who is awake himself. Its threads are awake from the
    submission on: what is submitted at one time begins at one time, however late the machine starts
    its thread.
    """

    def __init__(self, clock: Clock, max_workers: int) -> None:
        self._clock, self._max = clock, max_workers
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._tasks.put((future, partial(function, *arguments)))
        if len(self._threads) < self._max:
            self._clock.begin()
            self._threads.append(threading.Thread(target=self._work, daemon=True))
            self._threads[-1].start()
        return future

    def __exit__(self, *_: object) -> None:
        for _thread in self._threads:
            self._tasks.put(None)
        self._clock.rest()
        for thread in self._threads:
            thread.join()
        self._clock.begin()

    def _work(self) -> None:
        while task := self._tasks.get():
            future, call = task
            try:
                future.set_result(call())
            except Exception as error:  # noqa: BLE001 - it is told to whoever asks for the result
                future.set_exception(error)
        self._clock.rest()


class Quota:
    """A bucket of one second's calls, refilled evenly; what finds it empty is throttled."""

    def __init__(self, clock: Clock, rate: float = QUOTA) -> None:
        self._clock, self._rate, self._lock = clock, rate, threading.Lock()
        self._left, self._at = rate, clock.time()
        self.calls = self.throttled = 0

    def takes(self) -> bool:
        """Whether a call is let through."""
        with self._lock:
            now = self._clock.time()
            self._left = min(self._rate, self._left + (now - self._at) * self._rate)
            self._at, self.calls = now, self.calls + 1
            if self._left < 1:
                self.throttled += 1
                return False
            self._left -= 1
            return True


class Lambda:
    """Aliases behind the quota; it answers what boto3 sends, and nothing leaves the process."""

    def __init__(self, quota: Quota) -> None:
        self.quota, self._lock = quota, threading.Lock()
        self.aliases: dict[str, dict[str, Any]] = {}

    def listen(self, client: Any) -> Any:
        """The client, whose requests are answered here."""
        client.meta.events.register_first("before-send.lambda", self._answer)
        return client

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        if not self.quota.takes():
            return answer(request, 429, {"message": "Rate exceeded"}, "TooManyRequestsException")
        function = unquote(urlsplit(request.url).path).split("/")[3]
        with self._lock:
            alias = self.aliases.setdefault(
                function,
                {"Name": "live", "AliasArn": f"arn:{function}:live", "FunctionVersion": "1",
                 "RevisionId": "r0", "Description": ""},
            )  # fmt: skip
            if request.method == "PUT":
                change = json.loads(request.body)
                if change.pop("RevisionId") != alias["RevisionId"]:
                    return answer(request, 412, {"message": "no"}, "PreconditionFailedException")
                alias |= {**change, "RevisionId": f"r{int(alias['RevisionId'][1:]) + 1}"}
            return answer(request, 200, alias)


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def answer(request: Any, status: int, body: Any, error: str | None = None) -> AWSResponse:
    """An answer of Lambda's API."""
    headers = {"x-amzn-errortype": error} if error else {}
    return AWSResponse(request.url, status, headers, _Body(json.dumps(body).encode()))


class Table(Lines):
    """The lines in this process: a write is made where its condition holds, as DynamoDB does."""

    def __init__(self) -> None:
        self._lock, self._lines = threading.Lock(), dict[str, Line]()
        self.writes = 0

    def read(self, name: str) -> Line | None:
        return self._lines.get(name)

    def take(self, name: str, taking: Taking, *, push: bool = False) -> Line:
        with self._lock:
            self.writes += 1
            before = self._lines.get(name)
            after = taking.on(before, push=push) or taking.other().on(before, push=push)
            assert after is not None
            self._lines[name] = after
            return after
