"""What was asked of a service and refused since its newest deployment began."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.adapters.clock import seconds
from handlers.adapters.executions import is_over
from handlers.adapters.ledger.claims import Claim
from statemachine.connection import Connection
from statemachine.following import asks_to_deploy
from statemachine.turns import Turns
from statemachine.watching import Watching

LOOKED_AT = 10
"""The newest executions; dry runs, decisions and repeats are among them."""


class Refusals:
    """Reads executions and the ledger, changes nothing."""

    def __init__(self, connection: Connection, watching: Watching) -> None:
        self._on, self._watching = connection, watching
        self._turns = Turns(connection)

    def newest(
        self,
        service: str,
        latest: Sequence[Mapping[str, Any]],
        claim: Claim | None,
        since: str | None,
    ) -> Mapping[str, Any] | None:
        """The answer of the newest one that was refused after `since`, when the deployment that
        has or had the `claim` began; None where none of the first LOOKED_AT of `latest` was.

        `latest` are ListExecutions' items, the newest first. Each that ended after `since` costs
        one DescribeExecution, until a refusal is found: mostly there is none.
        """
        began, own = seconds(since) if since else 0.0, claim.execution if claim else None
        for each in latest[:LOOKED_AT]:
            execution = str(each["executionArn"])
            if execution == own or not is_over(each) or each["stopDate"].timestamp() < began:
                continue
            found = self._refusal(service, execution)
            if found and (claim is None or self._is_another(claim, execution, found)):
                return found
        return None

    def _is_another(self, claim: Claim, execution: str, found: Mapping[str, Any]) -> bool:
        """Whether it is no part of the claim's own deployment, and no rollback that had that one
        stopped, as it was to.
        """
        if found["deployment"] == claim.deployment:
            return False
        stop = self._on.journal.signals(claim.deployment).get("stop", {})
        return bool(stop.get("by") != execution)

    def _refusal(self, service: str, execution: str) -> Mapping[str, Any] | None:
        described = self._on.executions.describe(execution)
        if described is None or not asks_to_deploy(described):
            return None
        found: Mapping[str, Any] | None = self._watching.ended(described, service)
        if found is not None and "queued" in found:
            found = self._turns.of(found).answer
        return found if found is not None and found["outcome"] == "Rejected" else None
