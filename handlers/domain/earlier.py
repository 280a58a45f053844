"""Earlier releases: how long, and past which schema changes, one can go straight back to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.domain.record import Record
from handlers.domain.schema.contracts import Contract, why_no_way_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A release that another took the place of, as it was live: each function's version and its
    name in Lambda, by key.

    `left` is when its successor was released, `until` when that one's rollback window ended, both
    in ISO 8601. `token` is the successor's: schema changes of deployments up to it were shown to
    work with this release, as it was their blue. `undone` is when somebody went back from it.
    """

    release: str
    digest: str
    versions: Mapping[str, str]
    names: Mapping[str, str]
    probes: tuple[Mapping[str, Any], ...]
    contracts: tuple[str, ...]
    left: str
    until: str
    token: int
    undone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """The expand and backfill migrations, by title, that a deployment may have applied, noted with
    its claim: only the database knows how far it came. They are `settled` once it was released.
    """

    release: str
    deployment: str
    titles: tuple[str, ...]
    token: int
    settled: bool = False

    def __str__(self) -> str:
        return f"{', '.join(self.titles)} of {self.release}"


def changes_of(record: Record, token: int, *, settled: bool = False) -> list[SchemaChange]:
    """What the deployment that claims with `token` may change of the schema, or has; none where
    that is nothing.
    """
    if not record.schema_changes:
        return []
    change = SchemaChange(
        release=record.release,
        deployment=record.deployment,
        titles=record.schema_changes,
        token=token,
        settled=settled,
    )
    return [change]


def unsettled(titles: Iterable[str], changes: Iterable[SchemaChange]) -> tuple[str, ...]:
    """The migrations of a bundle that no released deployment has had, so that one of it may still
    have to apply them.
    """
    there = {title for each in changes if each.settled for title in each.titles}
    return tuple(dict.fromkeys(title for title in titles if title not in there))


def newest(stays: Iterable[Earlier]) -> list[Earlier]:
    """Of each release how it was live last, the newest first."""
    found = {each.digest: each for each in sorted(stays, key=lambda each: each.token)}
    return sorted(found.values(), key=lambda each: -each.token)


def unproven(stay: Earlier, changes: Iterable[SchemaChange]) -> list[SchemaChange]:
    """The schema changes since, which were shown to work with later releases only."""
    return [each for each in changes if each.token > stay.token]


def why_not_to(
    stay: Earlier,
    *,
    live: Mapping[str, Any],
    changes: Iterable[SchemaChange],
    contracts: Sequence[Contract],
    now: str,
) -> str | None:
    """Why nobody can go straight back to an earlier release, with what to do; None where one can.
    `live` is the ledger's release of record, `now` the moment in ISO 8601.
    """
    release, again = stay.release, f"deploy {stay.release} again instead"
    if stay.undone is not None:
        return f"{release} was gone back from at {stay.undone}; {again}, with its checks and a bake"
    if reason := why_no_way_back(contracts, release, stay.contracts):
        return reason
    if (until := min(stay.until, live["rollbackUntil"])) < now:
        return f"the rollback window of {release} ended at {until}; {again}"
    if since := unproven(stay, changes):
        told = " and ".join(str(each) for each in since)
        return f"{told} may have changed the schema since, and was never tried with it; {again}"
    names = {key: each["name"] for key, each in live["functions"].items()}
    if other := sorted({key for key, _ in stay.names.items() ^ names.items()}):
        return f"{', '.join(other)} came, went or changed its name since {release}; {again}"
    return None


def reachable(
    stays: Sequence[Earlier],
    *,
    live: Mapping[str, Any] | None,
    changes: Sequence[SchemaChange],
    contracts: Sequence[Contract],
    now: str,
) -> list[Earlier]:
    """The earlier releases that one can go straight back to, besides the one before the live one;
    the newest first, and those last that a rollback went past. Each has the moment `until` which
    that is so if nothing else happens.
    """
    if live is None:
        return []
    found, past = newest(stays), went_past(stays, live)
    taken = {live["digest"], (live.get("former") or {}).get("digest")}
    return [
        replace(each, until=min(each.until, live["rollbackUntil"]))
        for each in sorted(found, key=lambda each: each.digest in past)
        if each.digest not in taken
        and not why_not_to(each, live=live, changes=changes, contracts=contracts, now=now)
    ]


def went_past(stays: Sequence[Earlier], live: Mapping[str, Any]) -> frozenset[str]:
    """The digests of the releases that a rollback went past, which came after what is live again.
    Where it went too far they are the way on; often they are what it was to get away from.
    """
    if live.get("former") is not None:
        return frozenset()
    here = [each.token for each in stays if each.digest == live["digest"]]
    return frozenset(each.digest for each in stays if here and each.token > max(here))
