"""How a service stands: what is live, what its aliases serve, who holds it, and how to go back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.domain.earlier import Earlier
from handlers.domain.registration.drift import Drift, Served, drifts
from statemachine.dead_letters import Arrived
from statemachine.following import Observation
from statemachine.turns import Waiting

if TYPE_CHECKING:
    from handlers.adapters.functions.aliases import Aliases
    from handlers.adapters.ledger.claims import Claim
    from handlers.domain.registration.registration import Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionStatus:
    """One function: what its `alias` serves now. `version` is None when the alias is not there;
    `weights` are the per cent that other versions get.
    """

    name: str
    kind: str
    alias: str
    version: str | None
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Misplaced:
    """The function `key`, whose alias does not serve `wanted` alone, or is not there."""

    key: str
    function: FunctionStatus
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewStatus:
    """Where a release can be tried: the version that is called there, by function, None where its
    `alias` is not there. `live` says whether those are the versions that have all the traffic.
    """

    url: str
    alias: str
    versions: Mapping[str, str | None]
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """A service at one moment.

    `live` is the release of record, None before the first one. `rollback_to` is the release that
    `rollback` would go back to, with `rollback_until` as its end; None when there is none or the
    window is over. `earlier` are the releases past it that one can go straight back to, the newest
    first, and last those of `went_past`, the digests of what a rollback went past. `contracts` are
    the schema changes whose contract is still to run, and `contracts_after` is when it may; None
    when there are none. `claim` is open, or None: nothing
    else is deployed as long as it is. `running` is the newest deployment as long as it runs, and
    `last` the answer of the last one that held the service once nothing runs: a dry run, and one
    that was refused, leave it as it was. `last_action` is what the newest that held the service
    was asked to do. `refused` is the answer of the newest one that was refused since that one
    began: no dry run, decision or recovery; None where none was. `drifts` are the functions whose
    `alias` does not serve its version of the release of record alone; while a deployment runs they
    may be its doing. `queue` is who waits for their turn, the next one first; `preview` is None
    where the service has none. `dead_letters` are what came into the dead-letter queues while a
    deployment served that was undone; None where none was.
    """

    service: str
    live: Mapping[str, Any] | None
    functions: Mapping[str, FunctionStatus]
    alias: str
    drifts: tuple[Drift, ...]
    rollback_to: str | None
    rollback_until: str | None
    contracts: tuple[str, ...]
    contracts_after: str | None
    claim: "Claim | None"
    running: Observation | None
    last: Mapping[str, Any] | None
    queue: tuple[Waiting, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    went_past: frozenset[str] = frozenset()
    preview: PreviewStatus | None = None
    refused: Mapping[str, Any] | None = None
    last_action: str = ""
    dead_letters: Arrived | None = None

    @property
    def whole(self) -> bool:
        """Whether every alias serves one version alone: that of the release of record, if any."""
        return not self.drifts

    @property
    def attention(self) -> Mapping[str, Any] | None:
        """The answer of the deployment that holds the claim and waits for a person, if one does."""
        waits = self.claim is not None and self.last is not None
        return self.last if waits and (self.last or {})["outcome"] == "NeedsAttention" else None

    @property
    def misplaced(self) -> "tuple[Misplaced, ...]":
        """The aliases that are not on blue of the deployment that needs attention, none where no
        deployment does.
        """
        return misplaced((self.attention or {}).get("blue", {}), self.functions)


def functions_of(registration: "Registration", aliases: "Aliases") -> dict[str, FunctionStatus]:
    """What the aliases of a registered service serve."""
    found = {}
    for key, each in registration.functions.items():
        alias = aliases.read(each.name, registration.alias)
        found[key] = FunctionStatus(
            name=each.name,
            kind=each.kind,
            alias=registration.alias,
            version=alias.version if alias else None,
            weights={version: share * 100 for version, share in alias.weights.items()}
            if alias
            else {},
        )
    return found


def misplaced(
    wanted: Mapping[str, str], functions: Mapping[str, FunctionStatus]
) -> tuple[Misplaced, ...]:
    """The aliases that do not serve the wanted versions alone."""
    return tuple(
        Misplaced(key=key, function=each, wanted=wanted[key])
        for key, each in sorted(functions.items())
        if key in wanted and (each.weights or each.version != wanted[key])
    )


def preview_of(
    registration: "Registration", functions: Mapping[str, FunctionStatus], aliases: "Aliases"
) -> PreviewStatus | None:
    """What the preview of a registered service calls, None where it has none."""
    preview = registration.preview
    if preview is None:
        return None
    versions = {}
    for key in preview.functions:
        alias = aliases.read(registration.functions[key].name, preview.alias)
        versions[key] = alias.version if alias else None
    return PreviewStatus(
        url=preview.url,
        alias=preview.alias,
        versions=versions,
        live=all(
            version == functions[key].version and not functions[key].weights
            for key, version in versions.items()
        ),
    )


def drifts_of(
    functions: Mapping[str, FunctionStatus], live: Mapping[str, Any] | None, alias: str
) -> tuple[Drift, ...]:
    """The functions whose alias does not serve one version alone: that of the release of record, if
    any.
    """
    served = {
        key: Served(each.name, each.version, {v: w / 100 for v, w in each.weights.items()})
        for key, each in functions.items()
    }
    return drifts(alias, (live or {}).get("versions", {}), served)


def way_back(live: Mapping[str, Any] | None, now: str) -> tuple[str | None, str | None]:
    """The release that a rollback goes to, and until when; empty text stands for the seed."""
    if live is None or live.get("former") is None or live["rollbackUntil"] < now:
        return None, None
    return live["former"]["release"], live["rollbackUntil"]
