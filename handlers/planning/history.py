"""A bundle held against the service's history: seen before, its version taken, older than live."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.domain.findings import Finding
from handlers.domain.release.versions import is_older
from handlers.domain.request.request import LATEST, Request
from handlers.domain.schema.contracts import Contract

if TYPE_CHECKING:
    from handlers.adapters.ledger.claims import Claim


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger has of a service: its releases, which is live, who holds the claim, and what
    was contracted of its schema.
    """

    releases: Iterable[Mapping[str, Any]]
    live: Mapping[str, Any] | None
    current: "Claim | None"
    contracts: tuple[Contract, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether a deployment is running."""
        return self.current is not None and not self.current.closed

    def ended(self) -> set[tuple[str, str]]:
        """Key and object version of every bundle that a deployment has ended."""
        return {
            (item["key"], item["objectVersion"]) for item in self.releases if item.get("outcome")
        }

    def nothing_to_do(self, request: Request, release: str, digest: str) -> str | None:
        """Why there is nothing to do: it is live, being deployed, or its event came before."""
        named = f"release {release} ({digest})"
        if self.live is not None and self.live["digest"] == digest:
            return f"release {self.live['release']} ({digest}) is live since {self.live['since']}"
        known = next((item for item in self.releases if item["digest"] == digest), None)
        if known is None:
            return None
        if self.busy and self.current and known["deployment"] == self.current.deployment:
            return f"{named} is being deployed by {self.current.deployment}"
        mended = known["outcome"] == "Rejected" and _is_uploaded_again(request, known)
        if (request.source == "s3" or request.release == LATEST) and not mended:
            return f"{named} was seen before: {known['deployment']} ended {known['outcome']}"
        return None

    def findings(self, service: str, request: Request, release: str, digest: str) -> list[Finding]:
        """A version names one bundle for ever, once that was more than refused; an event only moves
        forward, a person may go back.
        """
        where = f"release {release}"
        found = []
        for item in self.releases:
            same = item["release"] == release and item["digest"] != digest
            if same and item["outcome"] != "Rejected":
                what = f"it was deployed before as {item['digest']}, and this bundle is {digest}"
                found.append(Finding("ReleaseReused", where, what, "give it a new version"))
                break
        forced = request.source == "console" and request.release != LATEST
        newest = self.live["release"] if self.live else ""
        if not forced and newest and is_older(release, newest):
            do = (
                f"to go back to it, `greenshift deploy {service} {release}`, or start the "
                f'state machine with {{"release": "{release}"}}'
            )
            found.append(
                Finding("OlderThanLive", where, f"it is older than {newest}, which is live", do)
            )
        return found


def _is_uploaded_again(request: Request, known: Mapping[str, Any]) -> bool:
    """Whether it is another upload than the one that is known, and not its event once more."""
    version = request.object_version
    return version is not None and version != known.get("objectVersion")
