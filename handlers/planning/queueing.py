"""A deployment that has to wait: it is written into the queue and ends; its turn is an execution of
its own, whose Plan takes it up from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.adapters.clock import iso, now, seconds
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.ledger.ledger import Write
from handlers.domain.document import Document
from handlers.domain.findings import Finding
from handlers.domain.messages import Deployment
from handlers.domain.queue.entry import Entry
from handlers.domain.queue.line import findings, has_to_wait, place_of
from handlers.domain.registration.registration import Concurrency
from handlers.domain.request.request import LATEST, Request
from handlers.errors import PlanRejected
from handlers.planning.ending import end_with_nothing_to_do, id_of, note_refused
from handlers.planning.resolve import Resolved

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Queueing:
    """One request held against its service's queue and the claim that was read of it."""

    tools: "Tools"
    document: Document
    request: Request
    resolved: Resolved
    current: Claim | None
    concurrency: Concurrency

    def wait(self) -> Deployment | None:
        """The section of a deployment that waits for its turn, None where this is its turn.

        The same bundle waits once: who asks for it again shares its place. Raises PlanRejected
        when it may not wait, or would be refused at its turn for what is known now, and
        TransientConflict when the queue moved meanwhile.
        """
        line = self.tools.queue.of(self.document.service)
        busy = self.current is not None and not self.current.closed
        if not has_to_wait(self.concurrency, self.request, line, busy=busy):
            return None
        if self.request.queued is not None:
            waiting = next((each for each in line if each.key == self.request.queued), None)
            return None if waiting is None else self._end(waiting, line, ())
        digest = self.resolved.digest
        same = next((each for each in line if each.bundle.digest == digest), None)
        if same is not None:
            return self._share(same, line)
        found = self.resolved.findings or findings(
            self.document.service, self.request, self.resolved.release, line, self._running()
        )
        if found:
            if all(each.code != "QueueFull" for each in found):
                note_refused(self.tools, self.document, self.resolved)
            raise PlanRejected(found)
        return self._enter(line)

    def _running(self) -> str | None:
        """The release that is being deployed; a contract or a way back is none."""
        if self.current is None or self.current.closed:
            return None
        record = self.tools.journal.deployment(self.current.deployment) or {}
        return record["release"] if record.get("action") == "deploy" else None

    def _share(self, same: Entry, line: Sequence[Entry]) -> Deployment:
        asked = same.asked_again(self.request)
        also = () if asked == same else (self.tools.queue.rewriting(asked),)
        return self._end(asked, line, also)

    def _enter(self, line: Sequence[Entry]) -> Deployment:
        document, resolved = self.document, self.resolved
        assert resolved.ref is not None
        entry = Entry(
            service=document.service,
            since=iso(seconds(document.started_at)),
            release=resolved.release,
            bundle=resolved.ref,
            source=self.request.source,
            latest=self.request.release == LATEST,
            shift_plan=self.request.shift_plan,
            hotfix=self.request.hotfix,
            execution=document.execution,
            deployment=id_of(document, resolved.release),
        )
        writes: list[Write] = [*self.tools.queue.entering(entry)]
        if self.concurrency != "supersede":
            return self._end(entry, line, writes)
        for each in line:
            reason = f"superseded by {resolved.release} before its turn"
            found = each.never_begun(reason, iso(now()), superseded_by=resolved.release)
            writes += self.tools.queue.leaving(each.service, each.key, {"answer": found})
        section = self._end(entry, (), writes)
        self._ask_to_give_way()
        return section

    def _ask_to_give_way(self) -> None:
        """Tells a deployment that has moved no traffic that a later one wants its place. One that
        begins to at this moment does not hear of it, and the later one waits for its end.
        """
        if self.current is None or self._running() is None:
            return
        journal, deployment = self.tools.journal, self.current.deployment
        if "ShiftTraffic" not in journal.phases(deployment):
            facts = {"at": iso(now()), "by": self.document.execution}
            journal.signal(deployment, "superseded", {**facts, "release": self.resolved.release})

    def _end(self, entry: Entry, line: Sequence[Entry], also: Sequence[Write]) -> Deployment:
        place = place_of(entry.key, line)
        queued = {"entry": entry.key, "since": entry.since, "place": place}
        holds = self.current is not None and not self.current.closed
        behind = f", behind {self.current.deployment}" if self.current and holds else ""
        reason = (
            f"release {entry.release} ({entry.bundle.digest}) waits for its turn: number {place} "
            f"in the queue{behind}; it starts by itself"
        )
        return end_with_nothing_to_do(
            self.tools, self.document, self.resolved, reason, also=also, queued=queued
        )


def withdraw(tools: "Tools", document: Document, request: Request) -> Deployment:
    """Takes every bundle of the release out of the queue; what was started already is not stopped.
    Needs nothing but the queue, so that it works while the service needs attention.
    """
    service, release, at = document.service, str(request.release), iso(now())
    line = [each for each in tools.queue.of(service) if each.release == release]
    if not line:
        what = f"{release} does not wait in the queue"
        do = f"see with `greenshift status {service}` what waits, and what runs"
        raise PlanRejected([Finding("NotQueued", service, what, do)])
    writes: list[Write] = []
    for each in line:
        found = each.never_begun("it was taken out of the queue", at)
        writes += tools.queue.leaving(service, each.key, {"answer": found})
    resolved = Resolved(release=release, digest=line[0].bundle.digest)
    reason = f"{release} was taken out of the queue"
    return end_with_nothing_to_do(tools, document, resolved, reason, also=writes)
