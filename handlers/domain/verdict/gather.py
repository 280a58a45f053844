"""From metric counts to evidence: the strata in which green can be compared with blue.

A version that was not invoked leaves no data points: that is no evidence, not a clean record.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from handlers.domain.verdict.counts import FunctionCounts
from handlers.domain.verdict.evidence import Evidence
from handlers.domain.verdict.finished import Share
from handlers.domain.verdict.pair_strata import pair_strata
from handlers.domain.verdict.read_counts import ReadCounts
from handlers.domain.verdict.stratum import totals
from handlers.domain.verdict.when import Flip, When

T = TypeVar("T")


def gather_evidence(
    functions: Mapping[str, FunctionCounts],
    flips: Sequence[Flip],
    *,
    now: float,
    stratum_seconds: int,
    settle_seconds: float,
) -> Evidence:
    """The evidence at `now` (epoch seconds); the same counts give the same evidence.

    A stratum is closed once its end is `settle_seconds` old. It is dropped where a flip, of
    whichever function, fell into it: functions of a service feed one another. It is dropped as well
    where a count in it is negative or no number, and told.
    """
    when = When(flips, now, stratum_seconds, settle_seconds)
    read = {name: ReadCounts(counts, when) for name, counts in functions.items()}
    pairs = {
        name: pair_strata(blue, green, when)
        for each in functions.values()
        for name, (blue, green) in each.pairs.items()
    }
    known = totals(stratum for each in read.values() for stratum in each.failures)
    return Evidence(
        strata={name: when.closed(each.failures) for name, each in read.items()},
        newest=_present({name: each.newest() for name, each in read.items()}),
        latency={
            name: when.closed(each.beyond("slow"))
            for name, each in read.items()
            if "latency" in each.counts.judges
        },
        cost={
            name: when.closed(each.beyond("costly"))
            for name, each in read.items()
            if "cost" in each.counts.judges
        },
        metrics={name: strata for name, (strata, _) in pairs.items()},
        finished={
            name: _shares(name, each, when, each.counts.hang_seconds)
            for name, each in read.items()
            if each.counts.hang_seconds is not None
        },
        throttled=_present({name: each.throttled() for name, each in read.items()}),
        marked=tuple(name for name, counts in functions.items() if counts.blue.instrumented),
        damaged=sum(len(each.damaged) for each in read.values())
        + sum(damaged for _, damaged in pairs.values()),
        green_requests=known.green_requests,
        green_failures=known.green_failures,
    )


def _shares(name: str, read: ReadCounts, when: When, age: float | None) -> tuple[Share, ...]:
    """What green finished of what was sent to it, by its share of the requests."""
    found: dict[float, Share] = {}
    for each in read.failures:
        share = when.share(name, each.start)
        if 0 < share < 1 and when.settled(each.start, age):
            known = found.get(share, Share(share, 0, 0))
            requests = each.green_requests + each.blue_requests
            found[share] = Share(
                share, known.requests + requests, known.green + each.green_requests
            )
    return tuple(found.values())


def _present(found: Mapping[str, T | None]) -> dict[str, T]:
    return {name: each for name, each in found.items() if each is not None}
