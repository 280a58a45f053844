"""The prune of one service. A version goes in two steps: it is condemned, by which no deployment
uses it again, and deleted at a later prune, when it has been on no alias for as long as an
asynchronous event lives and is judged the same once more.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from handlers.adapters.aws import in_our_words
from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.claims import Claim, busy
from handlers.domain.pruning.outcome import (
    Pruned,
    State,
    Told,
    due_at,
    is_due,
    to_condemn,
    told,
)
from handlers.domain.pruning.published import Published, Version
from handlers.domain.pruning.rule import callers_first, judge, warm_in_vain
from handlers.domain.registration.registration import Registration
from handlers.errors import GreenshiftError
from handlers.pruning.cool import cool
from handlers.pruning.gather import Apis, gather

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def prune(
    tools: "Tools",
    registration: Registration,
    *,
    apis: Apis,
    dry_run: bool = False,
    in_time: Callable[[], bool] = lambda: True,
) -> Pruned:
    """Judges every version of the service, and condemns and deletes what can go. `apis` tells which
    versions the account's APIs name.

    Takes no claim, so that no rollback waits for it, and does nothing while somebody has one. Safe
    to repeat, and beside another prune. A version that cannot be deleted is told, and does not keep
    the others from it. What stays and serves nobody has no provisioned concurrency afterwards.
    """
    service, at = registration.service, now()
    claim = tools.claims.of(service)
    if claim is not None and not claim.closed:
        return _refused(service, f"{busy(claim)}: nothing is pruned meanwhile", dry_run=dry_run)
    known = tools.condemned.of(service)
    facts = gather(tools, registration, claim, apis=apis, at=at, in_time=in_time)
    judged = judge(facts)
    doomed = callers_first(each for each in facts.versions if judged[each.id] is None)
    condemned = to_condemn(doomed, known, iso(now()))
    keys = {each.name: key for key, each in registration.functions.items()}
    kept = [
        told(each, keys, "kept", why)
        for each in facts.versions
        if (why := judged[each.id]) is not None
    ]
    if not dry_run and not _condemn(tools, service, condemned, known, claim):
        why = f"{service} was deployed meanwhile: the next prune looks again"
        return _refused(service, why, dry_run=dry_run)
    if dry_run:
        gone = _foretold(doomed, keys, known, at)
    else:
        gone = _Deletion(tools, service, claim, keys, in_time).run(doomed, condemned, at)
    found = cool(
        tools,
        service,
        claim,
        warm_in_vain(facts),
        [*kept, *gone],
        dry_run=dry_run,
        in_time=in_time,
    )
    return Pruned(service=service, dry_run=dry_run, versions=tuple(found))


def _refused(service: str, why: str, *, dry_run: bool) -> Pruned:
    return Pruned(service=service, dry_run=dry_run, refused=why)


def _condemn(
    tools: "Tools",
    service: str,
    condemned: Mapping[Version, str],
    known: Mapping[Version, str],
    claim: Claim | None,
) -> bool:
    return condemned == known or tools.condemned.condemn(service, condemned, free=claim)


def _foretold(
    doomed: Sequence[Published], keys: Mapping[str, str], known: Mapping[Version, str], at: float
) -> list[Told]:
    """What a prune would do now."""
    found = []
    for each in doomed:
        since = known.get(each.id)
        if since is None:
            why = "nothing wants it: a prune condemns it, and one after six hours deletes it"
            found.append(told(each, keys, "waits", why))
        elif is_due(since, at):
            found.append(told(each, keys, "due", f"nothing wants it since {since}"))
        else:
            found.append(told(each, keys, "waits", _later(since)))
    return found


def _later(since: str) -> str:
    return f"nothing wants it: it can be deleted from {due_at(since)} on"


class _Deletion:
    """Deletes what is due, callers before whom they call; stops when a deployment begins."""

    def __init__(
        self,
        tools: "Tools",
        service: str,
        claim: Claim | None,
        keys: Mapping[str, str],
        in_time: Callable[[], bool],
    ) -> None:
        self._tools, self._service, self._claim = tools, service, claim
        self._keys, self._in_time = keys, in_time

    def run(
        self, doomed: Sequence[Published], condemned: Mapping[Version, str], at: float
    ) -> list[Told]:
        found: list[Told] = []
        there = {each.id: each for each in doomed}
        for each in doomed:
            result = self._one(each, condemned.get(each.id), at, list(there.values()))
            if result.state == "deleted":
                del there[each.id]
            found.append(result)
        return found

    def _one(
        self, version: Published, since: str | None, at: float, there: Sequence[Published]
    ) -> Told:
        if since is None:
            return self._told(version, "waits", "too many are condemned: it comes after them")
        if not is_due(since, at):
            return self._told(version, "waits", _later(since))
        caller = next((each for each in there if _calls(each, version)), None)
        if caller is not None:
            return self._told(version, "waits", f"{caller.id} calls it and is there still")
        if not self._in_time():
            return self._told(version, "waits", "there was no time: the next prune deletes it")
        try:
            with in_our_words():
                return self._delete(version)
        except GreenshiftError as error:
            return self._told(version, "failed", str(error))

    def _delete(self, version: Published) -> Told:
        """Looks at claim, sentence and aliases once more, directly before."""
        tools = self._tools
        free = tools.claims.of(self._service) == self._claim
        if not free or version.id not in tools.condemned.of(self._service):
            why = f"{self._service} was deployed or pruned meanwhile: the next prune looks again"
            return self._told(version, "kept", why)
        if aliases := tools.versions.aliases_of(version.id):
            return self._told(version, "kept", f"the alias {aliases[0]} leads to it")
        if not tools.versions.delete(version.id):
            why = "Lambda does not delete it: an alias leads to it, or something is changing it"
            return self._told(version, "kept", why)
        return self._told(version, "deleted", "nothing wanted it any more")

    def _told(self, version: Published, state: State, why: str) -> Told:
        return told(version, self._keys, state, why)


def _calls(caller: Published, callee: Published) -> bool:
    return caller.id.function != callee.id.function and callee.id in (caller.names or ())
