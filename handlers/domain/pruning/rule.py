"""The rule: a version is deleted when Greenshift published it and nothing names, uses or may still
want it. Whatever is not known keeps it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from handlers.domain.pruning.published import LATEST, Published, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one service's versions.

    `versions` are all of all its functions, `latest` what their `$LATEST` are, `keep` is how many
    of each function are kept anyway, `digests` are those of the bundles that the ledger knows, as
    markers have them. `named` are versions that something names, `used` those that somebody calls
    or might, each with the sentence that says so; `waiting` is the release that waits in the queue.
    `reachable` are those of `named` that are live, or may be again by a rollback, or are called in
    some way that Lambda or an API tells of but the preview; `warm` are the versions with
    provisioned concurrency.
    """

    service: str
    keep: int
    versions: Sequence[Published]
    latest: Sequence[Published] = ()
    digests: frozenset[str] = frozenset()
    named: Mapping[Version, str] = field(default_factory=dict)
    used: Mapping[Version, str] = field(default_factory=dict)
    waiting: str | None = None
    reachable: frozenset[Version] = frozenset()
    warm: frozenset[Version] = frozenset()


def judge(facts: Facts) -> dict[Version, str | None]:
    """By version why it is kept, None for one that can go."""
    newest = _newest(facts)
    found = {each.id: _why(facts, each, newest) for each in facts.versions}
    return _with_what_they_call(facts, found)


def warm_in_vain(facts: Facts) -> frozenset[Version]:
    """The versions of ours that have provisioned concurrency, which costs as long as it is there,
    though no traffic reaches them, nor will again by a rollback.
    """
    reached = {
        each.id: "it is reached" if each.id in facts.reachable else None for each in facts.versions
    }
    needed = _with_what_they_call(facts, reached)
    return frozenset(
        each.id
        for each in facts.versions
        if each.id in facts.warm and needed[each.id] is None and _ours(facts, each)
    )


def callers_first(doomed: Iterable[Published]) -> list[Published]:
    """The versions in an order in which none is deleted before one that names it."""
    known = {each.id: each for each in doomed}
    sorter: TopologicalSorter[Version] = TopologicalSorter({each: set() for each in sorted(known)})
    for each in known.values():
        for callee in sorted(each.names or ()):
            if callee in known and callee.function != each.id.function:
                sorter.add(callee, each.id)
    return [known[each] for each in sorter.static_order()]


def _why(facts: Facts, version: Published, newest: frozenset[Version]) -> str | None:
    """Why it is kept for its own sake."""
    if version.description == f"greenshift {facts.service} seed":
        return "it is the seed"
    if not _ours(facts, version):
        return "Greenshift did not publish it"
    if reason := facts.named.get(version.id):
        return reason
    if version.id in newest:
        return f"it is one of the newest {facts.keep} of its function"
    if facts.waiting is not None:
        return f"{facts.waiting} waits in the queue and may want it"
    return facts.used.get(version.id)


def _ours(facts: Facts, version: Published) -> bool:
    mark = version.marked
    return mark is not None and mark.service == facts.service and mark.digest in facts.digests


def _newest(facts: Facts) -> frozenset[Version]:
    """Those with the highest numbers of each function, which Lambda never gives twice."""
    found: dict[str, list[Version]] = {}
    for each in facts.versions:
        if _ours(facts, each):
            found.setdefault(each.id.function, []).append(each.id)
    for ours in found.values():
        ours.sort(key=lambda id_: int(id_.number), reverse=True)
    return frozenset(id_ for ours in found.values() for id_ in ours[: facts.keep])


def _with_what_they_call(
    facts: Facts, found: Mapping[Version, str | None]
) -> dict[Version, str | None]:
    """Also kept is what a version that is kept names in its environment, and so on."""
    result = dict(found)
    versions = {each.id: each for each in facts.versions}
    todo = [*facts.latest, *(versions[id_] for id_, why in found.items() if why is not None)]
    while todo:
        caller = todo.pop()
        for callee, why in _called(caller, result):
            if result[callee] is None:
                result[callee] = why
                todo.append(versions[callee])
    return result


def _called(caller: Published, every: Iterable[Version]) -> Iterator[tuple[Version, str]]:
    """What the caller names, or may name where its environment cannot be read."""
    if caller.names is None:
        why = f"the environment of {caller.id} cannot be read, and may name it"
        yield from ((each, why) for each in every if each.function != caller.id.function)
        return
    what = f"{caller.id.function}'s {LATEST}" if caller.id.number == LATEST else str(caller.id)
    known = set(every)
    yield from ((each, f"{what} calls it") for each in caller.names if each in known)
