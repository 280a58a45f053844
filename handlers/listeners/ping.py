"""Keeps blue callable inside the rollback window: what would be gone back to is looked at once an
hour, and called once a day by the checks that its release declared as harmless.

Lambda takes a version's resources back when nobody calls it for weeks, 14 days where it has a
snapshot, and what is then called first fails.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-troubleshooting.html
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso
from handlers.rolling_back.wake import call_inactive

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_HOUR, _DAY = 3600, 24 * 3600
_AT_ONCE, _SECONDS = 8, 20


@dataclass(frozen=True, slots=True)
class Blue:
    """One function's version that a rollback would go back to."""

    key: str
    name: str
    version: str


def due(service: str, at: float, every: int, sweep: int) -> bool:
    """Whether the sweep of this moment is the one in `every` seconds that looks at the service, of
    sweeps that are `sweep` seconds apart: each service has its own turn, and nothing is remembered.
    """
    turns = every // sweep
    return int(at // sweep) % turns == zlib.crc32(service.encode()) % turns


def blues_of(live: Mapping[str, Any] | None, at: float) -> list[Blue]:
    """The versions that are not live and that the window of the release of record is open for."""
    former = (live or {}).get("former")
    if live is None or former is None or live["rollbackUntil"] < iso(at):
        return []
    return [
        Blue(key, each["name"], former["versions"][key])
        for key, each in sorted(live["functions"].items())
        if former["versions"].get(key) not in (None, live["versions"].get(key))
    ]


def ping(tools: "Tools", service: str, at: float, sweep: int) -> list[str]:
    """Has restored what of the service's blue is Inactive, and calls the rest where its day has
    come; answers the functions that were found Inactive.

    A function is only called by an event that its own release says is harmless: of one without such
    a check it is seen within the hour that it is Inactive.
    """
    if not due(service, at, _HOUR, sweep):
        return []
    live = tools.journal.live(service)
    asleep, awake = [], []
    for blue in blues_of(live, at):
        found = tools.functions.read(blue.name, blue.version)
        state = found["Configuration"].get("State", "Active") if found else None
        if state == "Inactive":
            call_inactive(tools, blue.name, blue.version)
            asleep.append(blue.key)
        elif state == "Active":
            awake.append(blue)
    if live is not None and awake and due(service, at, _DAY, sweep):
        _call(tools, awake, live["former"]["probes"])
    return asleep


def _call(tools: "Tools", blues: Sequence[Blue], probes: Iterable[Mapping[str, Any]]) -> None:
    """One call of each is enough; what a handler answers is not judged, nor waited for long."""
    events = {each["function"]: each["event"] for each in probes}
    pool = ThreadPoolExecutor(max_workers=_AT_ONCE)
    calls = [
        pool.submit(tools.wakers.call, each.name, each.version, events[each.key], check="ping")
        for each in blues
        if each.key in events
    ]
    wait(calls, timeout=_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
