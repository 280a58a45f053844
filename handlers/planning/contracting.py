"""Whether the live release's contract may run now, and what the deployment of it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.domain.bundle.migration_files import titles_of
from handlers.domain.document import Document
from handlers.domain.findings import Finding
from handlers.domain.messages import BundleRef
from handlers.domain.preview.preview import Preview
from handlers.domain.record import Record, deployment_id, functions_of
from handlers.domain.registration.reach import judge_reach, left_at_preview
from handlers.domain.registration.registration import Registration
from handlers.domain.request.request import Request
from handlers.domain.schema.contracts import Contract, pending
from handlers.domain.shift.shift_steps import ALL_AT_ONCE
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.planning.resolve import Resolved

if TYPE_CHECKING:
    from handlers.adapters.ledger.claims import Claim
    from handlers.adapters.tools import Tools


@dataclass(frozen=True, slots=True)
class Contracting:
    """Reads one service's release of record and what can still be called; changes nothing."""

    tools: "Tools"
    live: Mapping[str, Any] | None
    known: tuple[Contract, ...]
    current: "Claim | None"
    preview: Preview | None

    def resolve(self, request: Request, service: str, at: str) -> Resolved:
        """The live release with its contracts, what speaks against them at the moment `at`, or why
        there is nothing to contract. Raises PlanRejected when its bundle cannot be read.
        """
        live = self.live
        if live is None:
            reason = f"no release of {service} is live, so there is nothing to contract"
            return Resolved(release=request.release or "", nothing_to_do=reason)
        found = Resolved(release=live["release"], digest=live["digest"])
        if request.release not in (None, live["release"]):
            reason = (
                f"release {request.release} is not live any more: "
                f"{live['release'] or 'the seed'} is live since {live['since']}"
            )
            return Resolved(release=request.release or "", nothing_to_do=reason)
        if self._is_under_way(live):
            assert self.current is not None
            reason = f"{live['release']} is being contracted by {self.current.deployment}"
            return _nothing(found, reason)
        ref = self._bundle(service, live)
        titles = self._titles(ref) if ref is not None else ()
        if not titles:
            return _nothing(found, f"release {live['release']} has no contract migrations")
        if not pending(titles, self.known):
            latest = max(each.at for each in self.known if each.title in titles)
            reason = f"release {live['release']} is contracted since {latest}: {', '.join(titles)}"
            return _nothing(found, reason)
        reach = self.tools.ways_in.of_all(each["name"] for each in live["functions"].values())
        return Resolved(
            release=live["release"],
            digest=live["digest"],
            ref=ref,
            contracts=titles,
            findings=(
                *_judge_window(service, live, at),
                *judge_reach(live, reach, self.preview),
            ),
            notes=tuple(left_at_preview(live, reach, self.preview)),
        )

    def _is_under_way(self, live: Mapping[str, Any]) -> bool:
        if self.current is None or self.current.closed:
            return False
        record = self.tools.journal.deployment(self.current.deployment) or {}
        return record.get("action") == "contract" and record.get("digest") == live["digest"]

    def _bundle(self, service: str, live: Mapping[str, Any]) -> BundleRef | None:
        """The very object that the live release came from; None for the seed."""
        known = self.tools.journal.release(service, live["digest"]) if live["digest"] else None
        if known is None:
            return None
        bucket = self.tools.bundles.bucket
        return BundleRef(bucket, known["key"], known["objectVersion"], live["digest"])

    def _titles(self, ref: BundleRef) -> tuple[str, ...]:
        with self.tools.bundles.open(ref.key, ref.version, ref.digest) as bundle:
            return titles_of(bundle.zip.namelist(), "contract")


def lay_out_contract(
    document: Document,
    request: Request,
    registration: Registration,
    resolved: Resolved,
    live: Mapping[str, Any],
) -> Record:
    """The record of a contract: blue is what is live, and nothing will be green."""
    return Record(
        deployment=deployment_id(
            document.service, resolved.release, document.started_at, document.execution
        ),
        service=document.service,
        release=resolved.release,
        digest=resolved.digest,
        action="contract",
        source=request.source,
        execution=document.execution,
        started_at=document.started_at,
        alias=live["alias"],
        functions=functions_of(live, live["versions"]),
        bundle=resolved.ref,
        shift_plan=str(ALL_AT_ONCE),
        min_minutes=None,
        bake=BakeSettings(),
        rollback_window_hours=registration.rollback_window_hours,
        registration_version=0,
        registration_hash="",
        note=". ".join([f"contracts {', '.join(resolved.contracts)}", *resolved.notes]),
        probes=(),
        former={"release": live["release"], "digest": live["digest"], "probes": []},
        contracts=resolved.contracts,
    )


def _nothing(found: Resolved, reason: str) -> Resolved:
    return Resolved(release=found.release, digest=found.digest, nothing_to_do=reason)


def _judge_window(service: str, live: Mapping[str, Any], at: str) -> list[Finding]:
    if live["rollbackUntil"] <= at:
        return []
    former = (live.get("former") or {}).get("release") or "the release before it"
    what = (
        f"its rollback window ends at {live['rollbackUntil']}, and {former} may need until then "
        "what a contract removes"
    )
    do = (
        f"start it again after that with `greenshift contract {service}`; Greenshift has scheduled "
        "it for then"
    )
    return [Finding("RollbackWindowOpen", f"release {live['release']}", what, do)]
