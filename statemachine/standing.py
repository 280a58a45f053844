"""How a service stands, asked of the ledger, its aliases and its executions."""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.claims import Claim
from handlers.domain.earlier import reachable, went_past
from handlers.domain.schema.contracts import due, pending
from statemachine.connection import Connection
from statemachine.dead_letters import DeadLetterQueues
from statemachine.holding import Holding
from statemachine.refusals import LOOKED_AT, Refusals
from statemachine.status import (
    Misplaced,
    ServiceStatus,
    drifts_of,
    functions_of,
    misplaced,
    preview_of,
    way_back,
)
from statemachine.turns import Turns
from statemachine.watching import Watching


class Standing:
    """Reads and changes nothing."""

    def __init__(
        self,
        connection: Connection,
        holding: Holding,
        watching: Watching,
        dead_letters: DeadLetterQueues,
    ) -> None:
        self._on, self._holding, self._watching = connection, holding, watching
        self._dead_letters = dead_letters
        self._refusals = Refusals(connection, watching)

    def of(self, service: str) -> ServiceStatus:
        """The service at this moment. Raises UnknownService."""
        registration = self._on.registration(service)
        live, claim = self._on.journal.live(service), self._on.claims.of(service)
        functions = functions_of(registration, self._on.aliases)
        rollback_to, rollback_until = way_back(live, iso(now()))
        contracts = self._on.contracts.of(service)
        stays = self._on.history.earlier(service, iso(now()))
        earlier = reachable(
            stays,
            live=live,
            changes=self._on.history.changes(service),
            contracts=contracts,
            now=iso(now()),
        )
        return ServiceStatus(
            service=service,
            live=live,
            functions=functions,
            alias=registration.alias,
            drifts=drifts_of(functions, live, registration.alias),
            rollback_to=rollback_to,
            rollback_until=rollback_until,
            contracts=pending((live or {}).get("contracts", ()), contracts),
            contracts_after=due(live, contracts),
            claim=None if claim is None or claim.closed else claim,
            **self._newest(service, claim),
            queue=Turns(self._on).line(service),
            earlier=tuple(earlier),
            went_past=frozenset() if live is None else went_past(stays, live),
            preview=preview_of(registration, functions, self._on.aliases),
            dead_letters=self._dead_letters.undone(service),
        )

    def misplaced(self, answer: Mapping[str, Any]) -> tuple[Misplaced, ...]:
        """The aliases that are not on blue of the deployment that ended with the answer; none where
        it does not hold the service any more.
        """
        service = answer["service"]
        claim = self._on.claims.of(service)
        if claim is None or claim.closed or claim.deployment != answer["deployment"]:
            return ()
        functions = functions_of(self._on.registration(service), self._on.aliases)
        return misplaced(answer["blue"], functions)

    def _newest(self, service: str, claim: Claim | None) -> dict[str, Any]:
        """What runs; or else how the last one ended that held the service; and what was refused
        since that one began.
        """
        held = claim is not None and not claim.closed
        record = (self._on.journal.deployment(claim.deployment) or {}) if claim else {}
        latest = self._holding.latest(service, LOOKED_AT)
        since = record.get("startedAt") or (claim.since if claim else None)
        refused = self._refusals.newest(service, latest, claim, since)
        ended = {"last": record.get("answer"), "last_action": record.get("action", "")}
        found = {"running": None, **ended, "refused": refused}
        execution = self._holding.newest(service, latest)
        if execution is None or (claim and claim.closed and execution == claim.execution):
            return found
        seen = self._watching.observe(execution)
        if seen.answer is None:
            return found | {"running": seen, "last": None}
        return found | ({"last": seen.answer} if held else {})
