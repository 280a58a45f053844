"""What a bake watches: the functions of which there is a green, and since when how much of their
traffic goes to it.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from handlers.adapters.metrics import Watched
from handlers.domain.messages import UNCHANGED
from handlers.domain.record import Record, RecordedFunction
from handlers.domain.verdict.before import FEWEST_REQUESTS, Before
from handlers.domain.verdict.when import Flip

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def watched(tools: "Tools", record: Record, versions: Mapping[str, str]) -> list[Watched]:
    """The functions that the release changes, in the order of their keys, with what is counted of
    each.
    """
    return [
        _watch(tools, record, key, each, versions[key])
        for key, each in sorted(record.functions.items())
        if versions[key] != UNCHANGED
    ]


def _watch(
    tools: "Tools", record: Record, key: str, function: RecordedFunction, green: str
) -> Watched:
    """Latency and cost are compared where blue's p95 is known and both versions serve, and a hang
    is told where the time-out would tell it later.
    """
    pinned = key in record.pinned()
    own = tuple(each for each in record.metrics if each.function == key)
    found = Watched(key, function.name, function.blue, green, pinned=pinned, metrics=own)
    before = record.before.get(key, Before())
    if before.p95_ms is None or before.requests < FEWEST_REQUESTS or not function.weighted:
        return found
    memory = _memory_mb(tools, function.name, green)
    same = before.memory_mb in (None, memory)
    # What is called by number gets its callers' shares, not that of its own alias.
    slow = record.bake.settle_seconds > before.hang_seconds and not pinned
    return replace(
        found,
        slow_ms=before.p95_ms,
        costly_ms=None if same else before.p95_ms * (before.memory_mb or memory) / memory,
        hang_seconds=before.hang_seconds if slow else None,
    )


@cache
def _memory_mb(tools: "Tools", name: str, version: str) -> int:
    """A version never changes: a warm environment knows it."""
    return int(tools.functions.configuration(name, version)["MemorySize"])


def flips(tools: "Tools", deployment: str, versions: Mapping[str, str]) -> list[Flip]:
    """The deployment's flips that were made, as the journal has them."""
    return [
        Flip(each["at"], each["weight"], each["function"], _share(each, versions))
        for each in tools.journal.flips(deployment)
        if "at" in each
    ]


def _share(flip: Mapping[str, Any], versions: Mapping[str, str]) -> float:
    """What a flip sends to green, which is less than its step's weight where a function waits for
    100 %.
    """
    green = versions.get(flip["function"])
    return 1.0 if flip["version"] == green else float(flip["weights"].get(green, 0))
