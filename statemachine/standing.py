"""How a service stands, asked of the ledger, its aliases and its executions."""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.claims import Claim
from handlers.domain.earlier import reachable
from handlers.domain.schema.contracts import due, pending
from statemachine.connection import Connection
from statemachine.dead_letters import DeadLetterQueues
from statemachine.following import Observation
from statemachine.holding import Holding
from statemachine.status import ServiceStatus, drifts_of, functions_of, preview_of, way_back
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

    def of(self, service: str) -> ServiceStatus:
        """The service at this moment. Raises UnknownService."""
        registration = self._on.registration(service)
        live, claim = self._on.journal.live(service), self._on.claims.of(service)
        functions = functions_of(registration, self._on.aliases)
        rollback_to, rollback_until = way_back(live, iso(now()))
        contracts = self._on.contracts.of(service)
        earlier = reachable(
            self._on.history.earlier(service, iso(now())),
            live=live,
            changes=self._on.history.changes(service),
            contracts=contracts,
            now=iso(now()),
        )
        running, last = self._newest(service, claim)
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
            running=running,
            last=last,
            queue=Turns(self._on).line(service),
            earlier=tuple(earlier),
            preview=preview_of(registration, functions, self._on.aliases),
            dead_letters=self._dead_letters.undone(service),
        )

    def _newest(
        self, service: str, claim: Claim | None
    ) -> tuple[Observation | None, Mapping[str, Any] | None]:
        """The newest deployment while it runs, or else its answer."""
        execution = self._holding.newest(service)
        if execution is None:
            return None, None
        if claim is not None and claim.closed and execution == claim.execution:
            return None, (self._on.journal.deployment(claim.deployment) or {}).get("answer")
        seen = self._watching.observe(execution)
        return (seen, None) if seen.answer is None else (None, seen.answer)
