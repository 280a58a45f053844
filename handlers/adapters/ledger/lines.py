"""The ledger's items `BUDGET#lambda`: the lines in which calls of Lambda's control plane stand."""

from collections.abc import Mapping
from typing import Any

from handlers.adapters.ledger.ledger import SCHEMA, ConditionFailed, Ledger
from handlers.domain.budget.line import Line, Taking
from handlers.errors import TransientConflict

PK = "BUDGET#lambda"
_TRIES = 6
_FITS = "#free BETWEEN :first AND :last"
_ADDED = "#schema = :schema, #pushed = if_not_exists(#pushed, :none) + :push"
_WAYS = {
    "append": (f"SET #free = #free + :seconds, {_ADDED}", _FITS),
    "begin": (f"SET #free = :begun, {_ADDED}", f"attribute_not_exists(#free) OR NOT ({_FITS})"),
}


class Lines:
    """Each line is one item, which is written where it stands: no two who write meet, and an answer
    that is lost costs the places that it took.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def read(self, name: str) -> Line | None:
        """The line as it is, None where nobody ever stood in it."""
        item = self._ledger.get(PK, name)
        return None if item is None else _line(item)

    def take(self, name: str, taking: Taking, *, push: bool = False) -> Line:
        """Takes the places, and answers the line with them at its end; `push` puts back all who
        stand in it by as much. Raises TransientConflict where others changed its way each time.
        """
        for _ in range(_TRIES):
            try:
                return _line(self._taken(name, taking, push=push))
            except ConditionFailed:
                taking = taking.other()
        raise TransientConflict(f"the line {name} was begun by others {_TRIES} times in a row")

    def _taken(self, name: str, taking: Taking, *, push: bool) -> dict[str, Any]:
        changes, condition = _WAYS[taking.way]
        values = {
            ":first": taking.first,
            ":last": taking.last,
            ":push": taking.seconds if push else 0,
            ":none": 0,
            ":schema": SCHEMA,
        }
        if taking.way == "append":
            values[":seconds"] = taking.seconds
        else:
            values[":begun"] = taking.first + taking.seconds
        return self._ledger.change(PK, name, changes, condition, values)


def _line(item: Mapping[str, Any]) -> Line:
    return Line(float(item["free"]), float(item["pushed"]))
