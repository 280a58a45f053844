"""Who waits for whom: one service's requests in their order, and none of another's."""

from collections.abc import Sequence

from handlers.domain.findings import Finding
from handlers.domain.queue.entry import Entry
from handlers.domain.registration.registration import Concurrency
from handlers.domain.release.versions import is_older
from handlers.domain.request.request import LATEST, Request

MOST_WAITING = 30
"""So many leave it in one transaction of the ledger when one that comes later takes their place."""


def has_to_wait(
    concurrency: Concurrency, request: Request, line: Sequence[Entry], *, busy: bool
) -> bool:
    """Whether the request queues: behind who holds the service, and behind who came before it, so
    that nobody starves. What came out of the queue waits for a holder only, whatever the policy is
    by now. A dry run never waits: what it would tell is of another moment.
    """
    if request.queued is not None:
        return busy
    if request.dry_run or concurrency == "reject":
        return False
    return busy or bool(line)


def why_not_waiting(concurrency: Concurrency, request: Request) -> str:
    """Why what finds the service held is refused instead."""
    if request.action == "contract":
        return "a contract does not wait for its turn"
    if request.dry_run:
        return "a dry run does not wait for its turn"
    return f'with concurrency="{concurrency}" in its stack nothing waits for its turn'


def findings(
    service: str, request: Request, release: str, line: Sequence[Entry], running: str | None
) -> list[Finding]:
    """Why the release may not queue behind the one that is `running`, None where no release is: an
    event only moves forward, a person may go back; and there is an end to waiting.
    """
    forced = request.source == "console" and request.release != LATEST
    before = [(each.release, "which waits in the queue") for each in line]
    if running is not None:
        before.insert(0, (running, "which is being deployed"))
    newer = next((each for each in before if is_older(release, each[0])), None)
    if newer is not None and not forced:
        what = f"it is older than {newer[0]}, {newer[1]}"
        do = f"to deploy it all the same, `greenshift deploy {service} {release}`"
        return [Finding("OlderThanQueued", f"release {release}", what, do)]
    if len(line) >= MOST_WAITING:
        what = f"{len(line)} releases wait for their turn already"
        do = f"take some out with `greenshift stop {service} --queued RELEASE`, then start again"
        return [Finding("QueueFull", service, what, do)]
    return []


def place_of(key: str, line: Sequence[Entry]) -> int:
    """Which in the queue an entry of that key is, from 1, also where it is not in `line` yet."""
    return 1 + sum(each.key < key for each in line)
