"""The record of a deployment as Plan writes it: all that any later phase, a rollback or a recovery
needs to know.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from handlers.domain.consumers.dead_letters import DeadLetters
from handlers.domain.hooks.hook import Hook
from handlers.domain.hotfix import Hotfix
from handlers.domain.messages import BundleRef
from handlers.domain.preview.preview import Preview
from handlers.domain.shift.traffic import Kind, Managed
from handlers.domain.synthetic.requests import SyntheticRequests
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.before import Before
from handlers.domain.verdict.user_metric import UserMetric


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFunction:
    """One function of the service, as it was when the deployment began. `calls` has the peers that
    it calls by their version, by environment variable.
    """

    name: str
    kind: Kind
    blue: str
    weighted: bool
    calls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Written once, with the claim.

    `former` is the release that blue is, None when blue is the seed. `probes` are the release's
    harmless checks (GET and HEAD), by which it will be seen to answer when it is the blue that a
    rollback went back to. `contracts` are the titles of the contract migrations in its bundle; the
    action `contract` applies them. A `repair` has those functions alone whose aliases it puts back.
    `before` is what blue did in the hours before, by function. `alarms` are the ARNs of those that
    watch it, `red_before` of those that were red by then; `metrics` are the service's own, which it
    compares as well. `hooks` are by the point at which they are asked. `preview` is where green can
    be tried, None where nowhere. `heard` are the functions whose log Greenshift is sent, and
    whether that has a report of every request. A `hotfix` is one that was asked for as such.
    `dead_letters` are the queues in which messages end that a function fails on.
    `schema_changes` are the titles of the expand and backfill migrations that it may yet apply.
    `hangs` are the functions whose log tells a hang, and from which age in seconds on.
    `synthetic` requests fill a bake that real traffic leaves too thin, None where none may.
    """

    deployment: str
    service: str
    release: str
    digest: str
    action: Literal["deploy", "rollback", "contract", "repair"]
    source: str
    execution: str
    started_at: str
    alias: str
    functions: Mapping[str, RecordedFunction]
    bundle: BundleRef | None
    shift_plan: str
    min_minutes: float | None
    bake: BakeSettings
    rollback_window_hours: float
    registration_version: int
    registration_hash: str
    note: str
    probes: tuple[Mapping[str, Any], ...]
    former: Mapping[str, Any] | None
    contracts: tuple[str, ...]
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    together: Literal["weighted", "atomic"] = "weighted"
    before: Mapping[str, Before] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    red_before: tuple[str, ...] = ()
    metrics: tuple[UserMetric, ...] = ()
    hotfix: Hotfix | None = None
    preview: Preview | None = None
    heard: Mapping[str, bool] = field(default_factory=dict)
    dead_letters: tuple[DeadLetters, ...] = ()
    schema_changes: tuple[str, ...] = ()
    hangs: Mapping[str, float] = field(default_factory=dict)
    synthetic: SyntheticRequests | None = None

    def pinned(self) -> frozenset[str]:
        """The functions that a peer calls by their version, not by the alias."""
        return frozenset(peer for each in self.functions.values() for peer in each.calls.values())

    def managed(self) -> list[Managed]:
        """The functions in the form in which traffic decisions take them."""
        return [
            Managed(key, each.name, each.kind, each.blue, each.weighted)
            for key, each in sorted(self.functions.items())
        ]


def functions_of(
    live: Mapping[str, Any], versions: Mapping[str, str]
) -> dict[str, RecordedFunction]:
    """The functions of the release of record `live` that are in `versions`, each of which is its
    blue.
    """
    return {
        key: RecordedFunction(
            name=each["name"], kind=each["kind"], blue=versions[key], weighted=each["weighted"]
        )
        for key, each in live["functions"].items()
        if key in versions
    }


def deployment_id(service: str, release: str, started_at: str, execution: str) -> str:
    """The deployment's name, the same however often it is asked for:
    `orders-1.1.0-20261123T101502Z-7f3a`.
    """
    stamp = started_at[:19].replace("-", "").replace(":", "")
    return f"{service}-{release}-{stamp}Z-{hashlib.sha256(execution.encode()).hexdigest()[:4]}"
