"""What the listeners were told, in the ledger: short windows of green's requests, its errors, the
errors that a service's live versions log, and which services an alarm watches.

All of it expires by itself.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from handlers.adapters.ledger.ledger import ConditionFailed, Ledger, Put
from handlers.domain.logs.counting import Window
from handlers.domain.logs.fingerprint import Fingerprint
from handlers.domain.verdict.new_errors import KNOWN_SECONDS, Logged

_DAY = 86_400
_KEPT_DAYS = 30
_SILENCE = 25 * 3600
"""After so many seconds without a line the log was not heard, rather than quiet."""


class Heard:
    """Written by the listeners, read by Bake."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def is_new(self, deployment: str, delivery: str, now: float) -> bool:
        """Whether nobody has counted this delivery; from then on it is counted."""
        name = hashlib.sha256(delivery.encode()).hexdigest()[:32]
        key = {"pk": f"DEPLOYMENT#{deployment}", "sk": f"DELIVERY#{name}"}
        try:
            self._ledger.put(Put({**key, "expires": int(now) + _DAY}, "attribute_not_exists(pk)"))
        except ConditionFailed:
            return False
        return True

    def add_window(self, deployment: str, key: str, version: str, window: Window) -> None:
        """Adds the window's counts to those that others have of it."""
        names = ("finished", "failed", "answered", "started")
        counts = {name: getattr(window, name) for name in names}
        facts = {"function": key, "version": version, "start": window.start}
        expires = {"expires": window.start + _KEPT_DAYS * _DAY}
        name = f"{_window_key(window.start)}#{key}#{version}"
        self._ledger.add(f"DEPLOYMENT#{deployment}", name, counts, {**facts, **expires})

    def windows(
        self, deployment: str, versions: Mapping[str, str], *, first: float, last: float
    ) -> dict[str, list[Window]]:
        """The windows that begin between the epoch seconds `first` and `last`, of these versions by
        their functions' keys.
        """
        found: dict[str, list[Window]] = {key: [] for key in versions}
        begin, end = _window_key(int(first)), _window_key(int(last)) + "~"
        for item in self._ledger.between(f"DEPLOYMENT#{deployment}", begin, end):
            if versions.get(item["function"]) == item["version"]:
                names = ("start", "finished", "failed", "answered", "started")
                found[item["function"]].append(Window(*(item.get(name, 0) for name in names)))
        return found

    def add_error(
        self, deployment: str, key: str, version: str, error: Fingerprint, now: float
    ) -> int:
        """Counts one more of green's error; answers how many there are."""
        facts = {"function": key, "version": version, "kind": error.kind, "frame": error.frame}
        item = self._ledger.add(
            f"DEPLOYMENT#{deployment}",
            f"ERROR#{key}#{version}#{error.bucket}",
            {"count": 1},
            {**facts, "expires": int(now) + _KEPT_DAYS * _DAY},
        )
        return int(item["count"])

    def errors(self, deployment: str, versions: Mapping[str, str]) -> dict[str, list[Logged]]:
        """The errors of these versions, by their functions' keys."""
        found: dict[str, list[Logged]] = {key: [] for key in versions}
        for item in self._ledger.query(f"DEPLOYMENT#{deployment}", "ERROR#"):
            if versions.get(item["function"]) == item["version"]:
                error = Fingerprint(item["kind"], item["frame"])
                found[item["function"]].append(Logged(error, item["count"]))
        return found

    def learn(self, service: str, key: str, error: Fingerprint, now: float) -> None:
        """Keeps for a week that a live version has logged the error."""
        facts = {"kind": error.kind, "frame": error.frame, "at": int(now)}
        item = {"pk": f"SERVICE#{service}", "sk": f"KNOWN#{key}#{error.bucket}", **facts}
        self._ledger.put(Put({**item, "expires": int(now) + KNOWN_SECONDS}))

    def known(self, service: str, key: str, buckets: Iterable[str], now: float) -> frozenset[str]:
        """Those of the buckets in which a live version has logged an error in the last week."""
        pk = f"SERVICE#{service}"
        items = {each: self._ledger.get(pk, f"KNOWN#{key}#{each}") for each in buckets}
        # DynamoDB may take days to remove what has expired.
        return frozenset(bucket for bucket, item in items.items() if item and item["expires"] > now)

    def listen(self, service: str, key: str, now: float) -> None:
        """Notes that a function's log is being heard; after a day of silence it is so anew."""
        item = self._ledger.get(f"SERVICE#{service}", f"HEARING#{key}")
        heard = item is not None and now - item["at"] < _SILENCE
        since = item["since"] if item and heard else int(now)
        facts = {"since": since, "at": int(now), "expires": int(now) + _KEPT_DAYS * _DAY}
        self._ledger.put(Put({"pk": f"SERVICE#{service}", "sk": f"HEARING#{key}", **facts}))

    def since(self, service: str, key: str) -> float | None:
        """From when on (epoch seconds) the function's log is heard without a day's silence."""
        item = self._ledger.get(f"SERVICE#{service}", f"HEARING#{key}")
        return None if item is None else float(item["since"])

    def watch(self, service: str, alarms: Iterable[str]) -> None:
        """Writes down that these alarms watch the service."""
        for arn in alarms:
            self._ledger.put(Put({"pk": f"ALARM#{arn}", "sk": f"WATCHES#{service}"}))

    def watched_by(self, alarm: str) -> list[str]:
        """The services that the alarm watches, or has watched."""
        items = self._ledger.query(f"ALARM#{alarm}", "WATCHES#")
        return [str(item["sk"]).removeprefix("WATCHES#") for item in items]

    def note(self, deployment: str, name: str, facts: Mapping[str, Any]) -> bool:
        """Writes a signal, unless it is there already with as late a `since` (epoch seconds);
        answers whether it was written.
        """
        item = {"pk": f"DEPLOYMENT#{deployment}", "sk": f"SIGNAL#{name}", "name": name, **facts}
        try:
            self._ledger.put(
                Put(
                    item,
                    "attribute_not_exists(pk) OR #since < :since",
                    {":since": facts["since"]},
                )
            )
        except ConditionFailed:
            return False
        return True


def _window_key(start: int) -> str:
    return f"HEARD#{start:012}"
