"""Which versions a service's deployments have named, as far back as it matters: those that a
rollback goes to, those of deployments whose window lasts, those of the last releases.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from handlers.domain.earlier import Earlier
from handlers.domain.messages import UNCHANGED
from handlers.domain.pruning.published import Version

LONGEST_DEPLOYMENT = 7 * 24 * 3600
"""Seconds: the state machine's own time-out."""
ASYNCHRONOUS = 6 * 3600
"""Seconds for which Lambda keeps an asynchronous event for the version that it was sent to.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""


def to_read(
    releases: Sequence[Mapping[str, Any]], *, keep: int, at: float, window: float
) -> list[str]:
    """The deployments whose records are wanted, the newest first: those whose window of so many
    seconds may last, and all since the last `keep` that were released. `releases` is what the
    ledger has of each bundle. By their names, which tell the second: of several all are wanted.
    """
    since = at - max(window, ASYNCHRONOUS) - LONGEST_DEPLOYMENT
    known = [each for each in releases if each.get("deployment")]
    known.sort(key=lambda each: _began(each["deployment"]), reverse=True)
    found: list[str] = []
    released = 0
    for each in known:
        began = _began(each["deployment"])
        at_once = found and began == _began(found[-1])
        if released >= keep and began < since and not at_once:
            break
        found.append(each["deployment"])
        released += each.get("outcome") == "Released"
    return found


def named_by_records(
    records: Sequence[Mapping[str, Any]], *, keep: int, at: float, window: float
) -> dict[Version, str]:
    """What the records of these deployments keep, each with its reason."""
    found: dict[Version, str] = {}
    released = 0
    for record in sorted(records, key=_ended, reverse=True):
        blue, green = _versions(record)
        own = float(record.get("rollbackWindowHours") or 0) * 3600
        until = _ended(record) + max(own, window, ASYNCHRONOUS)
        if until > at:
            why = (
                f"{record['deployment']} has it as %s, and what it left is kept until {_iso(until)}"
            )
            found |= {each: why % "blue" for each in blue.values() if each not in found}
            found |= {each: why % "green" for each in green.values() if each not in found}
        if released < keep:
            why = f"it is of {record['release']}, one of the last {keep} releases"
            served = {**blue, **green}
            found |= {each: why for each in served.values() if each not in found}
            released += record.get("outcome") == "Released"
    return found


def named_by_live(live: Mapping[str, Any] | None, *, at: float) -> dict[Version, str]:
    """The versions of the release of record, and those that a rollback goes to while it may."""
    if live is None:
        return {}
    release = f"{live['release']} is live with it" if live["release"] else "it is live"
    found = dict.fromkeys(_of(live, live["versions"]), release)
    former = live.get("former")
    if former and _seconds(live["rollbackUntil"]) > at:
        why = f"a rollback goes to it until {live['rollbackUntil']}"
        found = {**dict.fromkeys(_of(live, former["versions"]), why), **found}
    return found


def named_by_earlier(reachable: Iterable[Earlier]) -> dict[Version, str]:
    """The versions of the earlier releases that `rollback --to` goes to."""
    return {
        Version(stay.names[key], str(number)): f"`rollback --to {stay.release}` goes to it until "
        f"{stay.until}"
        for stay in reachable
        for key, number in stay.versions.items()
        if key in stay.names
    }


def _of(live: Mapping[str, Any], versions: Mapping[str, str]) -> Iterator[Version]:
    for key, number in versions.items():
        if key in live["functions"]:
            yield Version(live["functions"][key]["name"], str(number))


def _versions(record: Mapping[str, Any]) -> tuple[dict[str, Version], dict[str, Version]]:
    """Blue and green of a record by function's key; green has what was published alone."""
    functions = record.get("functions") or {}
    green = (record.get("answer") or {}).get("green") or {}
    return (
        {key: Version(each["name"], str(each["blue"])) for key, each in functions.items()},
        {
            key: Version(functions[key]["name"], str(number))
            for key, number in green.items()
            if key in functions and number != UNCHANGED
        },
    )


def _ended(record: Mapping[str, Any]) -> float:
    """A deployment that has not ended keeps what it names."""
    return _seconds(record["endedAt"]) if record.get("endedAt") else float("inf")


def _began(deployment: str) -> float:
    """When a deployment began, as its name says; one whose name does not is read in any case."""
    stamp = re.search(r"-(\d{8}T\d{6})Z-[0-9a-f]{4}$", deployment)
    return _seconds(stamp[1] + "+00:00") if stamp else float("inf")


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _iso(at: float) -> str:
    if at == float("inf"):
        return "it has ended"
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
