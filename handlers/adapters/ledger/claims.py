"""Who may act on a service: the claim with its fencing token, taken, checked, taken over and closed
for ever.

A claim, its execution's entry and the deployment's record are written in one transaction, so that
the recovery rule can go from an execution's ARN to everything it began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.adapters.ledger.ledger import Check, ConditionFailed, Ledger, Put, Write
from handlers.errors import ClaimLost, DeploymentClosed, ServiceBusy, TransientConflict


@dataclass(frozen=True, slots=True)
class Claim:
    """The right of one deployment to act on a service; `token` grows with every claim that is
    taken.
    """

    service: str
    deployment: str
    execution: str
    token: int
    since: str
    closed: bool


class Claims:
    """The ledger's claims."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of(self, service: str) -> Claim | None:
        """The newest claim on the service, open or closed, or None before its first deployment."""
        item = self._ledger.get(f"SERVICE#{service}", "CLAIM")
        return None if item is None else _claim(service, item)

    def execution(self, execution: str) -> dict[str, Any] | None:
        """What the ledger knows of an execution: its deployment, its service, and whether that has
        ended.
        """
        return self._ledger.get(f"EXEC#{execution}", "META")

    def take(
        self,
        claim: Claim,
        record: Mapping[str, Any],
        *,
        over: Claim | None,
        also: Sequence[Write] = (),
    ) -> Claim:
        """Claims the service for `claim.execution` and writes the deployment's `record` with it,
        that the service had it, and what must `also` be true from then on.

        `over` is the closed claim that was read before the record was made: if another came since,
        what was read of the service may be stale, and TransientConflict asks to read it again. Safe
        to repeat: an execution that holds the claim gets it again. Raises ServiceBusy when another
        deployment holds it, and DeploymentClosed when this execution's own deployment has ended.
        """
        known = self.execution(claim.execution)
        if known is not None:
            return self._again(claim, known)
        if over is not None and not over.closed:
            raise ServiceBusy(f"{busy(over)}; {when_free(over.service)}")
        taken = replace(claim, token=next_token(over), closed=False)
        try:
            self._ledger.transact(
                _claim_put(taken, over=over),
                _execution_put(taken),
                Put(
                    {
                        **record,
                        "pk": f"DEPLOYMENT#{taken.deployment}",
                        "sk": "META",
                        "token": taken.token,
                    },
                    "attribute_not_exists(pk)",
                ),
                _deployed_put(taken),
                *also,
            )
        except ConditionFailed:
            known = self.execution(claim.execution)
            if known is not None:
                return self._again(claim, known)
            current = self.of(claim.service)
            if current is not None and not current.closed:
                raise ServiceBusy(f"{busy(current)}; {when_free(claim.service)}") from None
            raise TransientConflict(f"{claim.service} was deployed meanwhile") from None
        return taken

    def take_over(self, current: Claim, execution: str, since: str) -> Claim:
        """Moves an open claim to `execution` with a higher token; its former holder is closed and
        can flip nothing.

        Safe to repeat. Raises ClaimLost when somebody else took it over first.
        """
        if current.execution == execution:
            return current
        taken = replace(current, execution=execution, token=current.token + 1, since=since)
        former = Put({**_execution_put(current).item, "closed": True})
        try:
            self._ledger.transact(_claim_put(taken, over=current), _execution_put(taken), former)
        except ConditionFailed:
            now = self.of(current.service)
            if now is None or now.execution != execution or now.closed:
                raise ClaimLost(
                    f"{current.service}: the claim of {current.deployment} was taken by another"
                ) from None
            return now
        return taken

    def check(self, claim: Claim) -> None:
        """Returns when the claim is open and ours. Raises DeploymentClosed or ClaimLost."""
        current = self.of(claim.service)
        if current is None or current.token != claim.token or current.execution != claim.execution:
            holder = current.deployment if current else "nobody"
            raise ClaimLost(
                f"{claim.service}: the claim of {claim.deployment} has gone to {holder}"
            )
        if current.closed:
            raise DeploymentClosed(f"{claim.deployment} has ended; start a new deployment")

    def held_by(self, execution: str, service: str) -> Claim:
        """The open claim of this execution. Raises DeploymentClosed or ClaimLost."""
        known = self.execution(execution)
        if known is not None and known["closed"]:
            raise DeploymentClosed(f"{known['deployment']} has ended; start a new deployment")
        current = self.of(service)
        if current is None or current.execution != execution or current.closed:
            raise ClaimLost(f"{service}: this execution holds no claim")
        return current

    def as_read(self, claim: Claim) -> Check:
        """What must hold for a transaction that goes by an open claim: it is still as it was."""
        return Check(
            f"SERVICE#{claim.service}",
            "CLAIM",
            "#token = :token AND #closed = :open",
            {":token": claim.token, ":open": False},
        )

    def closing(self, claim: Claim) -> tuple[Put, Put]:
        """The writes that close the claim for ever, to go into one transaction with the outcome."""
        return (
            Put(
                {**_item(claim), "closed": True},
                "#token = :token AND #closed = :open",
                {":token": claim.token, ":open": False},
            ),
            Put({**_execution_put(claim).item, "closed": True}),
        )

    def _again(self, claim: Claim, known: Mapping[str, Any]) -> Claim:
        if known["closed"]:
            raise DeploymentClosed(f"{known['deployment']} has ended; start a new deployment")
        return self.held_by(claim.execution, claim.service)


def next_token(over: Claim | None) -> int:
    """The token of the claim that is taken `over` this one."""
    return 1 + (over.token if over else 0)


def busy(claim: Claim) -> str:
    """What one finds who finds the service claimed."""
    return f"{claim.service} is being deployed by {claim.deployment} since {claim.since}"


def when_free(service: str) -> str:
    """What is to be done then."""
    return f"start again when it has ended, or stop it with `greenshift stop {service}`"


def _item(claim: Claim) -> dict[str, Any]:
    return {
        "pk": f"SERVICE#{claim.service}",
        "sk": "CLAIM",
        "token": claim.token,
        "deployment": claim.deployment,
        "execution": claim.execution,
        "since": claim.since,
        "closed": claim.closed,
    }


def _claim(service: str, item: Mapping[str, Any]) -> Claim:
    return Claim(
        service, item["deployment"], item["execution"], item["token"], item["since"], item["closed"]
    )


def _claim_put(claim: Claim, *, over: Claim | None) -> Put:
    if over is None:
        return Put(_item(claim), "attribute_not_exists(pk)")
    as_read = {":token": over.token, ":closed": over.closed}
    return Put(_item(claim), "#token = :token AND #closed = :closed", as_read)


def _deployed_put(claim: Claim) -> Put:
    """By its beginning a deployment is found among those that the service had."""
    key = {"pk": f"SERVICE#{claim.service}", "sk": f"DEPLOYED#{claim.since}#{claim.deployment}"}
    return Put({**key, "deployment": claim.deployment})


def _execution_put(claim: Claim) -> Put:
    return Put(
        {
            "pk": f"EXEC#{claim.execution}",
            "sk": "META",
            "deployment": claim.deployment,
            "service": claim.service,
            "closed": False,
        },
        "attribute_not_exists(pk)",
    )
