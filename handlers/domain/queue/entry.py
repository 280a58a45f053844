"""An entry of a service's queue: what was asked, with the very bundle, as it will be started."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from handlers.domain.answer import answer
from handlers.domain.messages import BundleRef
from handlers.domain.request.request import LATEST, Request, Source

MOST_HOURS = 24
"""Nobody expects a release to be deployed by itself that was asked for more than a day ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One bundle that waits for its turn. `since` is when the first execution that asked for it
    began; that one is `execution`, and `deployment` its deployment. `starts` are the executions
    that were started for it so far.
    """

    service: str
    since: str
    release: str
    bundle: BundleRef
    source: Source
    latest: bool
    shift_plan: str | None
    hotfix: str | None
    execution: str
    deployment: str
    starts: int = 0

    @property
    def key(self) -> str:
        """Its name in the queue: in the order of these the entries are started."""
        return f"{self.since}#{self.bundle.digest}"

    def asked(self) -> Request:
        """The request as it was made, of this very object version."""
        return Request(
            source=self.source,
            release=LATEST if self.latest else self.release,
            bucket=self.bundle.bucket,
            key=self.bundle.key,
            object_version=self.bundle.version,
            shift_plan=self.shift_plan,
            hotfix=self.hotfix,
            queued=self.key,
        )

    def asked_again(self, request: Request) -> "Entry":
        """The entry as it is when the same bundle is asked for again: who asked first says when, a
        person who names it says how.
        """
        if request.source != "console" or request.release == LATEST:
            return self
        return replace(
            self,
            source="console",
            latest=False,
            shift_plan=request.shift_plan or self.shift_plan,
            hotfix=request.hotfix or self.hotfix,
        )

    def never_begun(
        self, reason: str, at: str, *, superseded_by: str | None = None
    ) -> dict[str, Any]:
        """The answer of one that leaves the queue before its turn."""
        return answer(
            deployment=self.deployment,
            service=self.service,
            release=self.release,
            digest=self.bundle.digest,
            outcome="Rejected",
            reason=reason,
            blue={},
            green={},
            started_at=self.since,
            ended_at=at,
            superseded_by=superseded_by,
        )


Left = Mapping[str, Any]
"""What became of an entry: the `execution` that was its turn, and the `answer` where it had none or
nothing was recorded of it.
"""
