"""Who holds a service, and which of its executions counts: the open one, or the one that ended
last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.clock import seconds
from handlers.adapters.executions import is_over
from handlers.adapters.ledger.claims import Claim
from statemachine.connection import Connection
from statemachine.stage import GOING_BACK

_LOOKED_THROUGH = 100
"""Executions in which a verdict is looked for: dry runs, decisions and refusals are among them."""


@dataclass(frozen=True, slots=True)
class Held:
    """An open claim. `runs` says whether the execution that has it is under way, and `back` whether
    that one is a rollback, a repair or a recovery, which puts the service back anyhow.
    """

    claim: Claim
    runs: bool
    back: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """The execution that is to put a deployment's service back whole."""

    deployment: str
    execution: str


class Holding:
    """Reads the claims and the executions of services, changes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._on = connection

    def of(self, service: str) -> Held | None:
        """The open claim on the service, None where nothing holds it."""
        claim = self._on.claims.of(service)
        if claim is None or claim.closed:
            return None
        record = self._on.journal.deployment(claim.deployment) or {}
        back = record.get("action") in GOING_BACK or record.get("execution") != claim.execution
        return Held(claim, not self._on.executions.over(claim.execution), back)

    def newest(self, service: str, latest: Sequence[dict[str, Any]] | None = None) -> str | None:
        """The execution that holds the service, or else the one that runs or ended last, also where
        it was refused before it held anything; None before the first. `latest` is what was read
        with `latest`, where it was.

        An execution that was refused while another held the service ended before that one did.
        """
        claim = self._on.claims.of(service)
        if claim is not None and not claim.closed:
            return claim.execution
        started = next(iter(self.latest(service, 1) if latest is None else latest), None)
        if started is None:
            return claim.execution if claim else None
        if claim is not None and is_over(started):
            earlier = started["stopDate"].timestamp() < self._ended(claim)
            return claim.execution if earlier else str(started["executionArn"])
        return str(started["executionArn"])

    def latest(self, service: str, most: int) -> list[dict[str, Any]]:
        """ListExecutions' items of the service's newest executions, the newest first."""
        try:
            return self._on.executions.latest(self._on.deployer.machine(service), most)
        except ClientError as error:
            if code_of(error) in ("StateMachineDoesNotExist", "ResourceNotFound"):
                return []
            raise

    def judged(self, service: str) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
        """The record and the verdicts of the newest deployment that has some, None where none of
        the service's last executions began one.
        """
        machine = self._on.deployer.machine(service)
        for started in self._on.executions.latest(machine, _LOOKED_THROUGH):
            known = self._on.claims.execution(started["executionArn"])
            if known and (verdicts := self._on.journal.verdicts(known["deployment"])):
                return self._on.journal.deployment(known["deployment"]) or {}, verdicts
        return None

    def _ended(self, claim: Claim) -> float:
        record = self._on.journal.deployment(claim.deployment) or {}
        return seconds(record.get("endedAt") or claim.since)
