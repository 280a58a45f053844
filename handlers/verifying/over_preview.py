"""Checks that go over real HTTP, to the preview of the release that is being deployed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from handlers.adapters.functions.probes import Answered
from handlers.adapters.ledger.claims import Claim
from handlers.adapters.preview_calls import PreviewCaller
from handlers.adapters.tools import Tools
from handlers.domain.preview.carried import goes_over
from handlers.domain.preview.wire import Unsendable, of_the_gateway, wire_request
from handlers.domain.probe.probe_answer import http_answer
from handlers.domain.probe.results import Result
from handlers.domain.record import Record
from handlers.domain.release.checks import Check
from handlers.errors import AwsRefused
from handlers.verifying.calls import event_of
from handlers.verifying.preview_alias import PreviewAlias
from handlers.verifying.runner import Target
from handlers.verifying.suite import Suite

_SESSION = 64
"""Characters that the name of a role's session may have."""


class OverPreview:
    """Does nothing in a service without a preview. What cannot be done is told, and fails the
    checks that wanted to go there; nothing else waits for it.
    """

    def __init__(
        self, tools: Tools, claim: Claim, record: Record, targets: Mapping[str, Target]
    ) -> None:
        self._tools, self._record, self._targets = tools, record, targets
        self._preview = record.preview
        self._alias = (
            None
            if record.preview is None
            else PreviewAlias(tools, claim, record, record.preview, targets)
        )
        self.inits: defaultdict[str, list[float]] = defaultdict(list)
        """By function, the inits that were seen, in milliseconds."""

    def point(self) -> None:
        """Lets people and checks reach what is to be released, from now on. Raises ClaimLost or
        DeploymentClosed.
        """
        if self._alias is not None:
            self._alias.point()

    def see_green(self, suite: Suite) -> None:
        """Sees the version answer through the preview of each function that a check goes over,
        before any of them is made: a moved alias is not moved everywhere at once.
        """
        over = [check for check in suite.checks if self.carries(check)]
        for key in dict.fromkeys(check.function for check in over):
            if self._alias is None or key in self._alias.astray:
                continue
            of_function = (check for check in suite.checks if check.function == key)
            seen_by = next((check for check in of_function if check.harmless), None)
            event = None if seen_by is None else event_of(seen_by, suite)
            init = self._alias.arrive(key, event, "" if seen_by is None else seen_by.name)
            self.inits[key] += [] if init is None else [init]

    def carries(self, check: Check) -> bool:
        """Whether the check is made over the preview."""
        return goes_over(check, self._preview)

    def call(self, check: Check) -> Answered:
        """Makes the check over the preview; of a check that has its variables filled in."""
        assert self._preview is not None
        assert self._alias is not None
        assert check.http is not None
        said = self._alias.failed.get(check.function)
        version = self._targets[check.function].version
        why = self._alias.astray.get(check.function)
        try:
            if why is None:
                wire = wire_request(check.http, check.name, self._preview.url)
                answered = self._caller.send(wire, version)
                return _explained(answered, check.expect.status, said)
        except (AwsRefused, Unsendable) as error:
            why = str(error)
        return Answered(None, f"not made: {why}", 0.0, version, None)

    def confirmed(self, results: Sequence[Result]) -> list[Result]:
        """The results, of which those do not pass whose preview was moved by somebody else
        meanwhile.
        """
        over = sorted({result.function for result in results if result.via == "preview"})
        assert self._alias is not None or not over
        foreign = {key: self._alias.moved_since(key) for key in over if self._alias is not None}
        return [
            replace(each, unmet=(*each.unmet, why))
            if each.via == "preview" and (why := foreign[each.function])
            else each
            for each in results
        ]

    @property
    def told(self) -> str:
        """Where it can be tried, or why not, as the end of a sentence."""
        if self._preview is None or self._alias is None:
            return ""
        astray = "; ".join(self._alias.astray[key] for key in sorted(self._alias.astray))
        return f"; {astray}" if astray else f"; it can be tried at {self._preview.url}"

    @cached_property
    def _caller(self) -> PreviewCaller:
        assert self._preview is not None
        assert self._preview.role_arn is not None
        session = self._record.deployment[-_SESSION:]
        return self._tools.preview_calls.become(self._preview.role_arn, session)


def _explained(answered: Answered, expected: int | None, said: str | None) -> Answered:
    """With what it means where API Gateway itself has answered, and not what was expected; and what
    the function `said` when it was called without the gateway, which keeps that to itself.
    """
    if answered.error is not None:
        return answered
    status, _, body = http_answer(answered.payload)
    means = of_the_gateway(status, body) if status != expected else None
    if means is None:
        return answered
    heard = f"; called without API Gateway it failed: {said}" if said else ""
    return replace(answered, error=f"status {status}: {means}{heard}")
