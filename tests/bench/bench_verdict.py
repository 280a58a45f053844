"""How long the verdict takes: 20 functions with an hour of strata, judged cold and from the cache.

python -m tests.bench.bench_verdict
"""

import random
import time
from collections.abc import Mapping, Sequence

from handlers.domain.verdict import e_process
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.stratum import Stratum
from handlers.domain.verdict.verdict import judge

FUNCTIONS, MINUTES = 20, 60


def world(requests: int, rate: float) -> dict[str, list[Stratum]]:
    """An hour of all functions at weight 10, with different counts in every minute."""
    random.seed(1)

    def counts(about: int) -> tuple[int, int]:
        n = random.randint(about * 9 // 10, about * 11 // 10)
        return n, min(n, round(random.gauss(n * rate, (n * rate * (1 - rate)) ** 0.5) // 1 + 0.5))

    def stratum(start: int) -> Stratum:
        green, blue = counts(requests // 10), counts(requests * 9 // 10)
        return Stratum(start, green[0], max(0, green[1]), blue[0], max(0, blue[1]))

    return {f"f{n}": [stratum(60 * m) for m in range(MINUTES)] for n in range(FUNCTIONS)}


def timed(functions: Mapping[str, Sequence[Stratum]]) -> float:
    """Milliseconds of one judgement."""
    started = time.perf_counter()
    judge(Evidence(strata=functions), BakeSettings())
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """One line for each pace of traffic."""
    print(f"{FUNCTIONS} functions, {MINUTES} strata each      cold ms   cached ms")
    for name, requests, rate in (
        ("600 a minute, 0.5 % fail", 600, 0.005),
        ("600 a minute, 5 % fail", 600, 0.05),
        ("60,000 a minute, 0.5 % fail", 60_000, 0.005),
        ("60,000 a minute, 30 % fail", 60_000, 0.3),
    ):
        functions = world(requests, rate)
        e_process._log_e.cache_clear()
        cold = timed(functions)
        print(f"{name:32} {cold:12.1f} {min(timed(functions) for _ in range(5)):11.1f}")


if __name__ == "__main__":
    main()
