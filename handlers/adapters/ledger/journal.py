"""The record of deployments: what was planned, begun, flipped, judged and how it ended. Never
deleted, never guessed.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from handlers.adapters.ledger.claims import Claim, Claims
from handlers.adapters.ledger.ledger import ConditionFailed, Ledger, Put, Write
from handlers.domain.codec import encode
from handlers.domain.hooks.hook import HookRun
from handlers.domain.messages import Outcome
from handlers.errors import ClaimLost, TransientConflict

PHASES = (
    "Plan",
    "ProvisionGreen",
    "MigrateSchema",
    "VerifyGreen",
    "ShiftTraffic",
    "Bake",
    "Finalize",
    "RollBack",
)


class Journal:
    """Deployments, releases and what is live, in the ledger."""

    def __init__(self, ledger: Ledger, claims: Claims) -> None:
        self._ledger, self._claims = ledger, claims

    def deployment(self, deployment: str) -> dict[str, Any] | None:
        """The deployment's record, as Plan wrote it and its end completed it."""
        return self._ledger.get(f"DEPLOYMENT#{deployment}", "META")

    def live(self, service: str) -> dict[str, Any] | None:
        """The release of record: release, digest, versions, since, and until when which blue can be
        gone back to.
        """
        return self._ledger.get(f"SERVICE#{service}", "LIVE")

    def release(self, service: str, digest: str) -> dict[str, Any] | None:
        """What became of the bundle with this digest."""
        return self._ledger.get(f"SERVICE#{service}", f"RELEASE#{digest}")

    def releases(self, service: str) -> list[dict[str, Any]]:
        """Every bundle that a deployment was begun for."""
        return list(self._ledger.query(f"SERVICE#{service}", "RELEASE#"))

    def owner(self, function_arn: str) -> str | None:
        """The service that a function belongs to, or None."""
        item = self._ledger.get(f"FUNCTION#{function_arn}", "OWNER")
        return None if item is None else str(item["service"])

    def own(self, function_arn: str, service: str) -> bool:
        """Gives the function to the service; False when it belongs to another."""
        item = {"pk": f"FUNCTION#{function_arn}", "sk": "OWNER", "service": service}
        try:
            self._ledger.put(
                Put(item, "attribute_not_exists(pk) OR #service = :service", {":service": service})
            )
        except ConditionFailed:
            return False
        return True

    def note_release(self, service: str, digest: str, facts: Mapping[str, Any]) -> None:
        """Writes what is known of a bundle: release, key, object version, deployment and its
        outcome.
        """
        self._ledger.put(self.noting(service, digest, facts))

    def noting(self, service: str, digest: str, facts: Mapping[str, Any]) -> Put:
        """As `note_release`, for a transaction."""
        return _release_put(service, digest, facts)

    def refuse(self, execution: str, record: Mapping[str, Any], also: Sequence[Write] = ()) -> None:
        """Records a deployment that was refused before it held the claim: closed from the start,
        and what must `also` be true then.

        Raises TransientConflict when the execution has come to hold a claim meanwhile, by a try of
        the same phase that was given up for dead, or when what is `also` to be written is not as it
        was read: reading again finds it.
        """
        deployment, service = record["deployment"], record["service"]
        entry = {
            "pk": f"EXEC#{execution}",
            "sk": "META",
            "deployment": deployment,
            "service": service,
            "closed": True,
        }
        try:
            self._ledger.transact(
                Put(entry, "attribute_not_exists(pk) OR #closed = :closed", {":closed": True}),
                Put({**record, "pk": f"DEPLOYMENT#{deployment}", "sk": "META"}),
                *also,
            )
        except ConditionFailed as failed:
            what = f"{execution} has claimed {service}" if 0 in failed.failed else "what it read"
            raise TransientConflict(f"{what} meanwhile") from None

    def begun(self, service: str, first: str, last: str) -> list[str]:
        """The deployments that claimed the service between two moments in ISO 8601, in order."""
        keys = f"DEPLOYED#{first}", f"DEPLOYED#{last}"
        return [each["deployment"] for each in self._ledger.between(f"SERVICE#{service}", *keys)]

    def add(self, deployment: str, facts: Mapping[str, Any]) -> None:
        """Adds facts to the deployment's record. One that has ended stays as it is, also where it
        ends while it is read here; one that waits for a person has not.
        """
        record = self.deployment(deployment) or {"pk": f"DEPLOYMENT#{deployment}", "sk": "META"}
        with suppress(ConditionFailed):
            self._ledger.put(
                Put(
                    {**record, **facts},
                    "attribute_not_exists(#outcome) OR #outcome = :waits",
                    {":waits": "NeedsAttention"},
                )
            )

    def began(self, deployment: str, phase: str, at: str) -> None:
        """Notes that a phase begins, before it changes anything; its first beginning stays."""
        item = {**_phase_key(deployment, phase), "phase": phase, "startedAt": at}
        try:
            self._ledger.put(Put(item, "attribute_not_exists(pk)"))
        except ConditionFailed:
            return

    def ended(self, deployment: str, phase: str, at: str, section: Mapping[str, Any]) -> None:
        """Notes what a phase answered."""
        key = _phase_key(deployment, phase)
        started = (self._ledger.get(key["pk"], key["sk"]) or {}).get("startedAt", at)
        self._ledger.put(
            Put({**key, "phase": phase, "startedAt": started, "endedAt": at, "section": section})
        )

    def phases(self, deployment: str) -> dict[str, dict[str, Any]]:
        """The phases that were begun, by name."""
        return {
            item["phase"]: item for item in self._ledger.query(f"DEPLOYMENT#{deployment}", "PHASE#")
        }

    def flip(self, deployment: str, number: int, facts: Mapping[str, Any]) -> None:
        """Writes one flip: before it as an intent, after it with its time."""
        self._ledger.put(
            Put(
                {
                    "pk": f"DEPLOYMENT#{deployment}",
                    "sk": f"FLIP#{number:06}",
                    "number": number,
                    **facts,
                }
            )
        )

    def flips(self, deployment: str) -> list[dict[str, Any]]:
        """All flips in the order of their numbers."""
        return list(self._ledger.query(f"DEPLOYMENT#{deployment}", "FLIP#"))

    def verdict(self, deployment: str, step: int, facts: Mapping[str, Any]) -> None:
        """Writes the newest verdict of a step, with its evidence."""
        self._ledger.put(
            Put(
                {
                    "pk": f"DEPLOYMENT#{deployment}",
                    "sk": f"VERDICT#{step:03}",
                    "step": step,
                    **facts,
                }
            )
        )

    def verdicts(self, deployment: str) -> list[dict[str, Any]]:
        """The newest verdict of each step."""
        return list(self._ledger.query(f"DEPLOYMENT#{deployment}", "VERDICT#"))

    def hook(self, deployment: str, step: int, point: str) -> dict[str, Any] | None:
        """How far the hook at this point of this step is, or None before its first answer."""
        return self._ledger.get(f"DEPLOYMENT#{deployment}", _hook_key(step, point))

    def hooks(self, deployment: str) -> list[dict[str, Any]]:
        """How far each hook is that was asked, in the order of the steps."""
        return list(self._ledger.query(f"DEPLOYMENT#{deployment}", "HOOK#"))

    def note_hook(
        self, deployment: str, step: int, point: str, run: HookRun, function: str, at: str
    ) -> None:
        """Writes how far a hook is, with the function that was called."""
        facts = {"function": function, "point": point, "step": step, "at": at, **encode(run)}
        key = {"pk": f"DEPLOYMENT#{deployment}", "sk": _hook_key(step, point)}
        self._ledger.put(Put({**key, **facts}))

    def signal(self, deployment: str, name: str, facts: Mapping[str, Any]) -> None:
        """Tells a running deployment something, such as `stop`."""
        self._ledger.put(
            Put({"pk": f"DEPLOYMENT#{deployment}", "sk": f"SIGNAL#{name}", "name": name, **facts})
        )

    def telling(self, deployment: str, name: str, facts: Mapping[str, Any]) -> Put:
        """The write of a signal of one `step`; it fails where that step, or a later one, has it
        already.
        """
        key = {"pk": f"DEPLOYMENT#{deployment}", "sk": f"SIGNAL#{name}", "name": name}
        condition = "attribute_not_exists(pk) OR #step < :step"
        return Put({**key, **facts}, condition, {":step": facts["step"]})

    def signals(self, deployment: str) -> dict[str, dict[str, Any]]:
        """The signals that the deployment was sent, by name."""
        return {
            item["name"]: item for item in self._ledger.query(f"DEPLOYMENT#{deployment}", "SIGNAL#")
        }

    def close(
        self,
        claim: Claim,
        outcome: Outcome,
        answer: Mapping[str, Any],
        *,
        live: Mapping[str, Any] | None = None,
        also: Sequence[Write] = (),
    ) -> Mapping[str, Any]:
        """Ends a deployment in one transaction: claim closed, record completed, release's outcome
        noted, `live` set, and what else is true then. Answers the answer that is recorded.

        Safe to repeat: a deployment that has ended is left alone, with the answer that it has.
        Raises ClaimLost.
        """
        record = self.deployment(claim.deployment) or {}
        writes: list[Write] = [
            *self._claims.closing(claim),
            *also,
            Put(
                {
                    **record,
                    "pk": f"DEPLOYMENT#{claim.deployment}",
                    "sk": "META",
                    "outcome": outcome,
                    "answer": dict(answer),
                    "endedAt": answer["endedAt"],
                }
            ),
        ]
        if live is not None:
            writes.append(Put({**live, "pk": f"SERVICE#{claim.service}", "sk": "LIVE"}))
        if digest := record.get("digest"):
            known = self.release(claim.service, digest) or {}
            if known.get("deployment") in (None, claim.deployment):
                facts = {**known, "deployment": claim.deployment, "outcome": outcome}
                writes.append(_release_put(claim.service, digest, facts))
        try:
            self._ledger.transact(*writes)
        except ConditionFailed:
            current = self._claims.of(claim.service)
            ours = current is not None and current.token == claim.token and current.closed
            if not ours:
                raise ClaimLost(
                    f"{claim.deployment} cannot end: its claim was taken over"
                ) from None
            recorded: Mapping[str, Any] = (self.deployment(claim.deployment) or {})["answer"]
            return recorded
        return answer


def _hook_key(step: int, point: str) -> str:
    return f"HOOK#{step:03}#{point}"


def _release_put(service: str, digest: str, facts: Mapping[str, Any]) -> Put:
    return Put({"pk": f"SERVICE#{service}", "sk": f"RELEASE#{digest}", "digest": digest, **facts})


def _phase_key(deployment: str, phase: str) -> dict[str, str]:
    return {"pk": f"DEPLOYMENT#{deployment}", "sk": f"PHASE#{PHASES.index(phase) + 1}#{phase}"}
