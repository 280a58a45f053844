"""How a deployment ends in Plan already: refused, or with nothing to do. Closed from the start."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.ledger import Write
from handlers.domain.answer import answer
from handlers.domain.asking.told import DECISIONS
from handlers.domain.codec import encode
from handlers.domain.document import Document
from handlers.domain.findings import Finding
from handlers.domain.hotfix import Hotfix
from handlers.domain.messages import Deployment, Outcome
from handlers.domain.reading.forms import HOTFIX
from handlers.domain.record import deployment_id
from handlers.domain.request.upload import release_of_key
from handlers.errors import PlanRejected
from handlers.planning.resolve import Resolved

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def reject(tools: "Tools", document: Document, rejected: PlanRejected) -> None:
    """Records the refusal with its findings."""
    _end(tools, document, "Rejected", str(rejected), findings=rejected.findings)


def end_with_nothing_to_do(
    tools: "Tools",
    document: Document,
    resolved: Resolved,
    reason: str,
    *,
    also: Sequence[Write] = (),
    queued: Mapping[str, Any] | None = None,
) -> Deployment:
    """Records that there is nothing to do, why, and what is `also` true from then on; the section
    says so to the machine. One that waits for its turn is told what it has `queued` as.
    """
    found = _end(
        tools, document, "NothingToDo", reason, resolved=resolved, also=also, queued=queued
    )
    return nothing_to_do(document, found)


def nothing_to_do(document: Document, found: Mapping[str, Any]) -> Deployment:
    """The section of a deployment that ended so, from its recorded answer."""
    return Deployment(
        id=found["deployment"],
        service=document.service,
        release=found["release"],
        digest=found["digest"],
        token=0,
        registration_version=0,
        functions={},
        bundle=None,
        blue_bundle=None,
        shift_plan="",
        steps=0,
        note=found["reason"],
        next="nothingToDo",
        answer=found,
    )


def note_refused(tools: "Tools", document: Document, resolved: Resolved) -> None:
    """A bundle that was refused is not `latest` any more; one that has a history keeps it."""
    if resolved.upload is None:
        return
    # What is no bundle has no digest that we know: its object version tells it from the next one.
    digest = resolved.digest or f"unread:{resolved.upload.version}"
    if tools.journal.release(document.service, digest) is not None:
        return
    tools.journal.note_release(
        document.service,
        digest,
        {
            "release": resolved.release,
            "key": resolved.upload.key,
            "objectVersion": resolved.upload.version,
            "deployment": id_of(document, resolved.release),
            "outcome": "Rejected",
        },
    )


def _end(
    tools: "Tools",
    document: Document,
    outcome: Outcome,
    reason: str,
    *,
    resolved: Resolved | None = None,
    findings: Sequence[Finding] = (),
    also: Sequence[Write] = (),
    queued: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Answers the answer that it records. Whose turn it was has had it, unless it still waits."""
    if queued is None:
        also = (*also, *_turn_taken(tools, document))
    release = resolved.release if resolved else _asked(document)
    at = iso(now())
    found = answer(
        deployment=id_of(document, release),
        service=document.service,
        release=release,
        digest=resolved.digest if resolved else "",
        outcome=outcome,
        reason=reason,
        blue={},
        green={},
        started_at=document.started_at,
        ended_at=at,
        findings=findings,
        queued=queued,
    )
    tools.journal.refuse(
        document.execution,
        {
            "deployment": found["deployment"],
            "service": document.service,
            "action": _action(document),
            "release": release,
            "digest": found["digest"],
            "execution": document.execution,
            "startedAt": document.started_at,
            "endedAt": at,
            "outcome": outcome,
            "answer": found,
            "hotfix": _hotfix(document, resolved),
            **_deploys_nothing(document),
        },
        also,
    )
    return found


def _hotfix(document: Document, resolved: Resolved | None) -> dict[str, Any] | None:
    """The reason of the hotfix that was asked for, where it was read before the end."""
    asked = document.request.get("hotfix") if isinstance(document.request, Mapping) else None
    reason = (resolved.hotfix if resolved else None) or asked
    if not isinstance(reason, str) or not HOTFIX.fits(reason):
        return None
    return dict(encode(Hotfix(reason=reason)))


def _turn_taken(tools: "Tools", document: Document) -> tuple[Write, ...]:
    """The writes by which the entry whose turn this execution is leaves the queue; none where it
    is nobody's turn, or where it has left already.
    """
    key = document.request.get("queued") if isinstance(document.request, Mapping) else None
    if not isinstance(key, str) or tools.queue.entry(document.service, key) is None:
        return ()
    return tools.queue.leaving(document.service, key, {"execution": document.execution})


def _asked(document: Document) -> str:
    """The release that was asked for, as far as the request can be read at all."""
    if not isinstance(document.request, Mapping):
        return ""
    uploaded = document.request.get("object")
    if isinstance(uploaded, Mapping):
        return release_of_key(str(uploaded.get("key")), document.service)[0] or ""
    asked = document.request.get("release")
    return asked if isinstance(asked, str) and asked.isprintable() else ""


def _action(document: Document) -> str:
    """What was asked for: an action that a record can have."""
    asked = document.request.get("action") if isinstance(document.request, Mapping) else None
    return str(asked) if asked in ("contract", *DECISIONS) else "deploy"


def _deploys_nothing(document: Document) -> dict[str, bool]:
    """Whether what names a release was not to deploy it: its ends are not told as that one's."""
    request = document.request if isinstance(document.request, Mapping) else {}
    return {key: request.get(key) is True for key in ("dryRun", "withdraw")}


def id_of(document: Document, release: str) -> str:
    """The name of a deployment that ends here."""
    return deployment_id(
        document.service, release or "none", document.started_at, document.execution
    )
