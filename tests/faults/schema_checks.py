"""What must hold of a service's schema when all is over (I4)."""

from tests.faults.ended import Ended
from tests.faults.store import ROWS, Store


def see_schema(ended: Ended) -> None:
    """No half schema (I4): what is done is there, what was refused is not, and the same again makes
    all of it, once.
    """
    if ended.store is None:
        return
    contract = ended.case.scenario.name == "contract"
    part = "contract" if contract else "expand"
    outcome = ended.runs[-1].end
    _effects(ended.store, part)
    if contract and outcome == "Rejected":
        assert "old" in ended.store.shape()["columns"], "I4: a rejected contract was applied"
    if ended.world.tools.journal.live("shop")["release"] == "1.0.0" or contract:
        again = ended.world.machine.run(dict(ended.case.scenario.request))
        assert again.end in ("Released", "NothingToDo"), f"I7: the same again ends {again!r}"
    _effects(ended.store, part)
    made, columns = ended.store.shape(), {"id", "channel"} | (set() if contract else {"old"})
    wanted = {"columns": columns, "filled": ROWS, "indexes": 1}
    assert made == wanted, f"I4: the schema is {made} in the end, not {wanted}"


def _effects(store: Store, part: str) -> None:
    shape, states = store.shape(), store.statements(part)
    effects = {
        "expand": {(2, 1): "channel" in shape["columns"], (2, 2): bool(shape["indexes"])},
        "contract": {(2, 1): "old" not in shape["columns"]},
    }[part]
    for statement, effect in effects.items():
        done = states.get(statement) == "done"
        # What cannot run in a transaction may be there before it is written down.
        alone = statement == (2, 2) and states.get(statement) == "started"
        assert done == effect or alone, (
            f"I4: statement {statement} is {states.get(statement)}, {shape}"
        )
