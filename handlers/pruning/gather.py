"""What speaks for each version of a service, read anew at every prune."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso
from handlers.domain.earlier import reachable
from handlers.domain.green.identity import in_marker
from handlers.domain.pruning.history import (
    named_by_earlier,
    named_by_live,
    named_by_records,
    to_read,
)
from handlers.domain.pruning.published import Published, Version
from handlers.domain.pruning.rule import Facts, judge, warm_in_vain
from handlers.domain.registration.reach import Reach
from handlers.domain.registration.registration import Registration

if TYPE_CHECKING:
    from handlers.adapters.ledger.claims import Claim
    from handlers.adapters.tools import Tools

Apis = Callable[[], Mapping[Version, str]]
_NO_TIME = "there was no time to see who uses it: the next prune looks again"


def gather(
    tools: "Tools",
    registration: Registration,
    claim: "Claim | None",
    *,
    apis: Apis,
    at: float,
    in_time: Callable[[], bool],
) -> Facts:
    """The facts of the service, of which `claim` is the newest. What costs calls of AWS (APIs,
    policies, metrics) is asked of those alone for which nothing else speaks.
    """
    facts = _cheap(tools, registration, claim, at)
    if not _candidates(facts) and not warm_in_vain(facts):
        return facts
    named = apis()
    facts = replace(facts, named={**named, **facts.named}, reachable=facts.reachable | named.keys())
    return replace(facts, used=_used(tools, facts, registration.alias, at, in_time))


def _cheap(tools: "Tools", registration: Registration, claim: "Claim | None", at: float) -> Facts:
    service, keep = registration.service, registration.keep_versions
    releases, live = tools.journal.releases(service), tools.journal.live(service)
    window = registration.rollback_window_hours * 3600
    records = _records(tools, to_read(releases, keep=keep, at=at, window=window), claim)
    names = sorted(each.name for each in registration.functions.values())
    listed = [tools.versions.of(name) for name in names]
    waiting = tools.queue.of(service)
    earlier = reachable(
        tools.history.earlier(service, iso(at)),
        live=live,
        changes=tools.history.changes(service),
        contracts=tools.contracts.of(service),
        now=iso(at),
    )
    ways = tools.ways_in.of_all(names)
    wanted = {**named_by_earlier(earlier), **named_by_live(live, at=at)}
    preview = registration.preview.alias if registration.preview else None
    return Facts(
        service=service,
        keep=keep,
        versions=[each for versions, _ in listed for each in versions],
        latest=[latest for _, latest in listed if latest is not None],
        digests=frozenset(in_marker(each["digest"]) for each in releases),
        named={
            **named_by_records(records, keep=keep, at=at, window=window),
            **wanted,
            **_reached(ways),
        },
        reachable=frozenset({**wanted, **_reached(ways, without=preview)}),
        warm=frozenset().union(*map(tools.versions.warm, names)),
        waiting=waiting[0].release if waiting else None,
    )


def _records(
    tools: "Tools", deployments: list[str], claim: "Claim | None"
) -> list[Mapping[str, Any]]:
    """Those of a rollback and a repair are known by the claim alone."""
    wanted = dict.fromkeys([*deployments, *([claim.deployment] if claim else [])])
    found = (tools.journal.deployment(each) for each in wanted)
    return [each for each in found if each is not None]


def _reached(reach: Mapping[str, Reach], *, without: str | None = None) -> dict[Version, str]:
    """The versions to which event sources and aliases lead, but for one alias."""
    found = {}
    for name, each in reach.items():
        for source in each.sources:
            found[Version(name, source.qualifier)] = f"{source.name} calls it"
        for alias, versions in each.aliases.items():
            if alias == without:
                continue
            found |= {
                Version(name, number): f"the alias {alias} leads to it" for number in versions
            }
    return found


def _used(
    tools: "Tools", facts: Facts, alias: str, at: float, in_time: Callable[[], bool]
) -> dict[Version, str]:
    """Who uses those for which nothing else speaks, the oldest first, as far as the time goes."""
    candidates = _candidates(facts)
    found = dict(tools.uses.called([each.id for each in candidates], alias, at))
    for each in candidates:
        if each.id not in found:
            why = tools.uses.of(each) if in_time() else _NO_TIME
            found |= {each.id: why} if why else {}
    return found


def _candidates(facts: Facts) -> list[Published]:
    judged = judge(facts)
    found = [each for each in facts.versions if judged[each.id] is None]
    return sorted(found, key=lambda each: int(each.id.number))
