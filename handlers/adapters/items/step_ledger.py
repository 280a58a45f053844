"""How far a service's migrations have come, in Greenshift's ledger: one item a file.

They lie in a partition of their own, `ITEMS#<service>`: the migrator may write there, and of the
claim it may only compare the token, which it does in the same transaction.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.ledger import Check, ConditionFailed, Ledger, Put
from handlers.domain.items.changes import ItemsMigration
from handlers.domain.items.history import State, Step
from handlers.errors import ClaimLost, TransientConflict

_OURS = "#token = :token AND #execution = :execution AND #closed = :open"


class StepLedger:
    """The steps of one service, written in the name of one deployment's claim."""

    def __init__(
        self, ledger: Ledger, *, service: str, token: int, execution: str, deployment: str
    ) -> None:
        self._ledger, self._service, self._token = ledger, service, token
        self._execution, self._deployment = execution, deployment
        self._owner = uuid.uuid4().hex
        """This invocation's own name: of two that work on a step only the later one goes on."""

    def fence(self) -> None:
        """Returns when the claim is open and ours. Raises ClaimLost."""
        self._write()

    def steps(self) -> tuple[Step, ...]:
        """Every step of the service that was ever begun."""
        return tuple(map(_step, self._ledger.query(f"ITEMS#{self._service}", "STEP#")))

    def take(self, migration: ItemsMigration) -> Step:
        """The step, begun, and this invocation's from now on; whoever worked on it before can save
        no more. A step that failed, or whose file was another one, begins anew.
        """
        file = migration.file
        known = self._ledger.get(f"ITEMS#{self._service}", _key(file.number, file.part))
        step = _step(known) if known else None
        fresh = Step(
            number=file.number,
            name=file.name,
            part=file.part,
            checksum=migration.checksum,
            state="started",
            at=iso(now()),
            deployment=self._deployment,
            owner=self._owner,
        )
        if step is not None and step.state == "started" and step.checksum == fresh.checksum:
            fresh = replace(step, owner=self._owner, deployment=self._deployment)
        if step is None:
            self._write(Put(self._item(fresh), "attribute_not_exists(pk)"))
        else:
            self._write(Put(self._item(fresh), "#owner = :as_read", {":as_read": step.owner}))
        return fresh

    def save(self, step: Step) -> Step:
        """Writes how far the step is. Raises TransientConflict when another invocation works on it
        by now, and ClaimLost.
        """
        self._write(Put(self._item(step), "#owner = :mine", {":mine": self._owner}))
        return step

    def end(self, step: Step, state: State) -> Step:
        """The step ended: done for ever, or failed and to be begun anew."""
        return self.save(replace(step, state=state, at=iso(now()), cursors={}))

    def _write(self, *puts: Put) -> None:
        mine = {":token": self._token, ":execution": self._execution, ":open": False}
        check = Check(f"SERVICE#{self._service}", "CLAIM", _OURS, mine)
        try:
            self._ledger.transact(check, *puts)
        except ConditionFailed as failed:
            if 0 in failed.failed:
                raise ClaimLost(
                    f"{self._service}: the claim of {self._deployment} is not ours any more"
                ) from None
            raise TransientConflict(
                f"{self._service}: another invocation has taken the migration over"
            ) from None

    def _item(self, step: Step) -> dict[str, Any]:
        return {
            **asdict(step),
            "pk": f"ITEMS#{self._service}",
            "sk": _key(step.number, step.part),
            "execution": self._execution,
            "token": self._token,
        }


def _key(number: int, part: str) -> str:
    return f"STEP#{number:04}#{part}"


def _step(item: Mapping[str, Any]) -> Step:
    found = {each.name: item[each.name] for each in fields(Step)}
    cursors = {
        segment: {name: _sendable(value) for name, value in key.items()}
        for segment, key in found["cursors"].items()
    }
    return Step(**{**found, "cursors": cursors, "units": float(found["units"])})


def _sendable(value: Mapping[str, Any]) -> dict[str, Any]:
    """A binary key comes back as boto3's own type, which its client does not take."""
    return {type_: bytes(item) if type_ == "B" else item for type_, item in value.items()}
