"""Finalize: makes green the release of record, opens the rollback window, closes the claim. After a
contract, which has no green, it closes the way back past it.
"""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.entry import answer as answered
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.ledger.ledger import Put
from handlers.adapters.log import logger
from handlers.adapters.tools import Tools
from handlers.domain.answer import answer, ended
from handlers.domain.asking.told import with_decisions
from handlers.domain.codec import decode, encode
from handlers.domain.document import Document
from handlers.domain.earlier import Earlier, changes_of
from handlers.domain.hotfix import told_of
from handlers.domain.messages import UNCHANGED, Ended
from handlers.domain.record import Record
from handlers.domain.schema.contracts import finished
from handlers.errors import AliasMoved

tools = Tools()


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """The Lambda: the document in, the section `ended` out."""
    return answered(finalize, event, log=logger, context=context)


def finalize(document: Document) -> Ended:
    """Sees every alias whole on its version, then writes `live`, the outcome and the claim's end in
    one transaction.

    Safe to repeat: a deployment that is closed as Released answers as it did.
    """
    if again := _released_before(document):
        return again
    claim = tools.claims.held_by(document.execution, document.service)
    record = decode(Record, tools.journal.deployment(claim.deployment))
    if record.action == "contract":
        return _contracted(document, claim, record)
    versions = document.published.versions
    live = {
        key: each.blue if versions[key] == UNCHANGED else versions[key]
        for key, each in record.functions.items()
    }
    _see_whole(record, live)
    at = now()
    reason = document.bake.reason if document.bake else "nothing was judged"
    found = _answer(record, reason, versions, at)
    tools.journal.ended(record.deployment, "Finalize", iso(at), {"versions": live})
    # All that the release could apply is applied, but for backfills that let it go first.
    settled = changes_of(record, claim.token, settled=True)
    also = [
        *_leaving(claim, record, at),
        *(tools.history.changing(record.service, each) for each in settled),
    ]
    live_item = _live(record, live, at)
    return ended(tools.journal.close(claim, "Released", found, live=live_item, also=also))


def _leaving(claim: Claim, record: Record, at: float) -> list[Put]:
    """The release that was live until now, as one may go back to it past later ones; none where it
    is the seed, to which only the next release goes back.
    """
    former = record.former
    if not former or not former["digest"]:
        return []
    stay = Earlier(
        release=former["release"],
        digest=former["digest"],
        versions={key: each.blue for key, each in record.functions.items()},
        names={key: each.name for key, each in record.functions.items()},
        probes=tuple(former["probes"]),
        contracts=tuple(former.get("contracts", ())),
        left=iso(at),
        until=_window_end(record, at),
        token=claim.token,
    )
    return [tools.history.leaving(record.service, stay)]


def _window_end(record: Record, at: float) -> str:
    return iso(at + record.rollback_window_hours * 3600)


def _contracted(document: Document, claim: Claim, record: Record) -> Ended:
    """Writes down what was contracted, with the claim's end; no alias was touched, and `live` stays
    as it is.
    """
    at, schema = now(), document.schema
    assert schema is not None
    found = _answer(record, schema.reason, dict.fromkeys(record.functions, UNCHANGED), at)
    # The migrator cannot write to the ledger itself.
    tools.journal.ended(record.deployment, "MigrateSchema", iso(at), encode(schema))
    tools.journal.ended(record.deployment, "Finalize", iso(at), {"contracted": record.contracts})
    contracts = finished(
        tools.contracts.of(record.service),
        record.contracts,
        release=record.release,
        deployment=record.deployment,
        at=iso(at),
    )
    writing = tools.contracts.writing(record.service, contracts)
    return ended(tools.journal.close(claim, "Released", found, also=[writing]))


def _answer(record: Record, reason: str, versions: Mapping[str, str], at: float) -> dict[str, Any]:
    looks = tools.journal.verdicts(record.deployment)
    return answer(
        deployment=record.deployment,
        service=record.service,
        release=record.release,
        digest=record.digest,
        outcome="Released",
        reason=told_of(record.hotfix, with_decisions(reason, looks)),
        blue={key: each.blue for key, each in record.functions.items()},
        green=versions,
        started_at=record.started_at,
        ended_at=iso(at),
        failed_requests=max((each["greenFailed"] for each in looks), default=0),
    )


def _released_before(document: Document) -> Ended | None:
    known = tools.claims.execution(document.execution)
    if known is None or not known["closed"]:
        return None
    record = tools.journal.deployment(known["deployment"]) or {}
    return ended(record["answer"]) if record.get("outcome") == "Released" else None


def _see_whole(record: Record, live: Mapping[str, str]) -> None:
    """Sees that each alias serves its one version, without weights: what a release of record is
    (I1).
    """
    for key, version in live.items():
        name = record.functions[key].name
        alias = tools.aliases.read(name, record.alias)
        if alias is None or alias.versions != {version}:
            found = "is gone" if alias is None else f"serves {', '.join(sorted(alias.versions))}"
            raise AliasMoved(
                f"{name}:{record.alias} {found} instead of version {version} alone: "
                "somebody else moved it"
            )


def _live(record: Record, versions: Mapping[str, str], at: float) -> dict[str, Any]:
    """The service's `LIVE` item; `former` is where a rollback inside the window goes."""
    return {
        "release": record.release,
        "digest": record.digest,
        "versions": dict(versions),
        "functions": {
            key: {"name": each.name, "kind": each.kind, "weighted": each.weighted}
            for key, each in record.functions.items()
        },
        "alias": record.alias,
        "since": iso(at),
        "rollbackUntil": _window_end(record, at),
        "former": {
            **(record.former or {"release": "", "digest": "", "probes": [], "contracts": []}),
            "versions": {key: each.blue for key, each in record.functions.items()},
        },
        "probes": list(record.probes),
        "contracts": list(record.contracts),
    }
