"""The claim of a deployment that was laid out, and the section that goes down the phases."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.ledger.ledger import Put, Write
from handlers.domain.codec import encode
from handlers.domain.document import Document
from handlers.domain.messages import BundleRef, Deployment, FunctionBlue
from handlers.domain.record import Record
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.errors import ServiceBusy, TransientConflict

if TYPE_CHECKING:
    from handlers.adapters.tools import Tools


def claim(
    tools: "Tools",
    document: Document,
    record: Record,
    registered: tuple[int, str],
    *,
    over: Claim | None,
    also: Sequence[Write] = (),
) -> Deployment:
    """Takes the service for the deployment in one transaction with its record and what else is true
    from then on. `registered` are the version and the hash of the registration, `over` the claim
    that was read before anything else. Raises TransientConflict when somebody else has taken it
    since: who reads again finds it held, and queues.
    """
    version, digest = registered
    record = replace(record, registration_version=version, registration_hash=digest)
    wanted = Claim(record.service, record.deployment, record.execution, 0, iso(now()), closed=False)
    try:
        tools.claims.take(wanted, encode(record), over=over, also=also)
    except ServiceBusy as busy:
        raise TransientConflict(str(busy)) from busy
    return section(tools, document, record)


def section(tools: "Tools", document: Document, record: Record) -> Deployment:
    """The section of a claimed deployment, also for a repeat after a lost answer."""
    held = tools.claims.held_by(document.execution, document.service)
    contracts = record.action == "contract"
    found = Deployment(
        id=record.deployment,
        service=record.service,
        release=record.release,
        digest=record.digest,
        token=held.token,
        registration_version=record.registration_version,
        functions={
            key: FunctionBlue(each.kind, each.blue) for key, each in record.functions.items()
        },
        bundle=record.bundle,
        blue_bundle=_blue_bundle(tools, record),
        shift_plan=record.shift_plan,
        steps=0 if contracts else len(parse_shift_plan(record.shift_plan).steps),
        note=record.note,
        next="migrateSchema" if contracts else "provisionGreen",
        answer=None,
    )
    tools.journal.ended(record.deployment, "Plan", iso(now()), encode(found))
    return found


def noting_begun(tools: "Tools", record: Record) -> Put:
    """Written with the claim, so that a release that was begun is known by name, wherever Plan is
    stopped.
    """
    assert record.bundle is not None
    return tools.journal.noting(
        record.service,
        record.digest,
        {
            "release": record.release,
            "key": record.bundle.key,
            "objectVersion": record.bundle.version,
            "deployment": record.deployment,
            "outcome": None,
        },
    )


def _blue_bundle(tools: "Tools", record: Record) -> BundleRef | None:
    """Where the release that is live came from: its statements are what a schema change may not
    break.
    """
    live = (record.former or {}).get("digest")
    known = tools.journal.release(record.service, live) if live else None
    if known is None:
        return None
    return BundleRef(tools.bundles.bucket, known["key"], known["objectVersion"], known["digest"])
