"""Customers of `orders` while a deployment runs, and what `live` of the API served meanwhile."""

import threading
import time
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from infra.sample.load import Counts, Load

RATE = 60
CONNECTIONS = 6
NOBODY = ""
"""The version of an answer that names none: API Gateway's own, for a function that raised."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: first the counts, by version, then the alias; so every request counted here was
    sent to a version that `live` served at or before this look.
    """

    by: dict[str, int]
    failed: int
    version: str
    weights: dict[str, float]
    description: str

    @property
    def requests(self) -> int:
        return sum(self.by.values())

    @property
    def whole(self) -> bool:
        return not self.weights


class Witness:
    """Sends requests, checks every answer, and looks at `live` several times a second."""

    def __init__(
        self, environment: Any, url: str, *, rate: float = RATE, seconds: float = 240
    ) -> None:
        self._load = Load(url, rate=rate, connections=CONNECTIONS, max_seconds=seconds)
        self._client = environment.client("lambda")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._lock = threading.Lock()
        self._samples: list[Sample] = []

    def __enter__(self) -> Self:
        self._load.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(30)
        self._load.stop()

    def counts(self) -> Counts:
        return self._load.counts()

    def placed(self) -> tuple[str, ...]:
        return self._load.placed()

    def samples(self) -> list[Sample]:
        with self._lock:
            return list(self._samples)

    def more(self, requests: int, *, seconds: float = 60) -> Counts:
        """Waits until so many more requests have been answered."""
        wanted, deadline = self.counts().requests + requests, time.monotonic() + seconds
        while (counts := self.counts()).requests < wanted:
            assert time.monotonic() < deadline, f"the load stands still at {counts.requests}"
            time.sleep(0.05)
        return counts

    def _look(self) -> None:
        while not self._over.wait(0.15):
            counts = self._load.counts()
            by: Counter[str] = Counter()
            for answerer, number in counts.requests_by.items():
                by[answerer.version] += number
            alias = self._client.get_alias(FunctionName="orders-api", Name="live")
            routing = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            found = Sample(
                by=dict(by),
                failed=counts.failed,
                version=alias["FunctionVersion"],
                weights=dict(routing),
                description=alias.get("Description", ""),
            )
            with self._lock:
                self._samples.append(found)


def failed_by_version(counts: Counts) -> dict[str, int]:
    """Failures by the version that answered."""
    found: Counter[str] = Counter()
    for by, number in counts.failed_by.items():
        found[by.version] += number
    return dict(found)
