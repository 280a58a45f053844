"""Provisioned concurrency is taken from versions that it serves in vain: it costs as long as it is
there, and takes its share of the account's concurrency.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.adapters.aws import in_our_words
from handlers.adapters.ledger.claims import Claim
from handlers.domain.pruning.outcome import Told
from handlers.domain.pruning.published import Version
from handlers.errors import GreenshiftError

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools

_TAKEN = "its provisioned concurrency is taken back"


def cool(
    tools: "Tools",
    service: str,
    claim: Claim | None,
    versions: Collection[Version],
    found: Sequence[Told],
    *,
    dry_run: bool,
    in_time: Callable[[], bool],
) -> list[Told]:
    """What was `found` of each version, and of these `versions` that their provisioned concurrency
    is taken back, or `failed` where it cannot be. Stops when a deployment begins, which may give it
    to one of them again.
    """
    result = list(found)
    for place, each in enumerate(found):
        if Version(each.name, each.version) not in versions or each.state == "deleted":
            continue
        if not dry_run and (not in_time() or tools.claims.of(service) != claim):
            break
        result[place] = _one(tools, each, dry_run=dry_run)
    return result


def _one(tools: "Tools", version: Told, *, dry_run: bool) -> Told:
    try:
        with in_our_words():
            if not dry_run:
                tools.versions.cool(Version(version.name, version.version))
    except GreenshiftError as error:
        why = f"its provisioned concurrency could not be taken back: {error}"
        return replace(version, state="failed", why=why)
    return replace(version, why=f"{version.why}; {_TAKEN}")
