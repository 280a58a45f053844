"""What a load has seen so far: requests and failures, by release and version, with latencies."""

import bisect
import time
from collections import Counter
from dataclasses import dataclass, field

_BOUNDS_MS = tuple(round(1.1**n / 10, 4) for n in range(130))  # 0.1 ms to 22 s, 10 % apart
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answered: the release and the version of the function; empty when nobody did."""

    release: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """A snapshot. Times are seconds since the epoch, latencies milliseconds (to 10 %).

    `failures` is by what went wrong (`status 500`, `connection: …`, `body: …`), `examples` the
    first few in whole sentences. `behind_seconds` is how far the load is behind its pace.
    """

    requests: int
    failed: int
    failures: dict[str, int]
    requests_by: dict[Answerer, int]
    failed_by: dict[Answerer, int]
    first_failure_at: float | None
    last_failure_at: float | None
    examples: tuple[str, ...]
    placed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    slowest_ms: float
    behind_seconds: float
    seconds: float

    @property
    def rate(self) -> float:
        """Requests a second, on average."""
        return self.requests / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Tally:
    """Counts that grow; whoever uses it from several threads holds a lock."""

    began: float = field(default_factory=time.time)
    requests: Counter[Answerer] = field(default_factory=Counter)
    failed: Counter[Answerer] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    first_failure_at: float | None = None
    last_failure_at: float | None = None
    examples: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0
    behind_seconds: float = 0.0
    placed: int = 0
    _buckets: Counter[int] = field(default_factory=Counter)

    def add(self, by: Answerer, milliseconds: float, failure: str | None, example: str) -> None:
        """Counts one request; `failure` is None when it went well."""
        self.requests[by] += 1
        self._buckets[bisect.bisect_left(_BOUNDS_MS, milliseconds)] += 1
        self.slowest_ms = max(self.slowest_ms, milliseconds)
        if failure is None:
            return
        now = time.time()
        self.failed[by] += 1
        self.failures[failure] += 1
        self.first_failure_at = self.first_failure_at or now
        self.last_failure_at = now
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)

    def snapshot(self, until: float) -> Counts:
        """The counts as they are."""
        return Counts(
            requests=self.requests.total(),
            failed=self.failed.total(),
            failures=dict(self.failures),
            requests_by=dict(self.requests),
            failed_by=dict(self.failed),
            first_failure_at=self.first_failure_at,
            last_failure_at=self.last_failure_at,
            examples=tuple(self.examples),
            placed=self.placed,
            p50_ms=self._percentile(0.5),
            p95_ms=self._percentile(0.95),
            p99_ms=self._percentile(0.99),
            slowest_ms=self.slowest_ms,
            behind_seconds=self.behind_seconds,
            seconds=until - self.began,
        )

    def _percentile(self, share: float) -> float:
        wanted, seen = share * self._buckets.total(), 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return min(_BOUNDS_MS[min(bucket, len(_BOUNDS_MS) - 1)], self.slowest_ms)
        return 0.0
