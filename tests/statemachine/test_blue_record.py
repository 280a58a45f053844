"""What a release is measured by is what blue did, not what was rolled back from it."""

import time
from typing import Any

import pytest
from engine import Engine
from load import calling
from service import RAISES, Service

from handlers.adapters.clock import iso
from handlers.adapters.ledger.ledger import Put
from handlers.adapters.tools import Tools
from handlers.planning.apart import apart


def test_the_failures_of_a_green_that_was_rolled_back_are_not_blues(
    shop: Service, slow_machine: Engine
) -> None:
    shop.upload("1.0.0")
    assert slow_machine.run({"release": "1.0.0"}).end == "Released"
    with calling(shop):
        shop.upload("1.1.0", sources={"api": RAISES}, plan="steps(50@2, 100@2)")
        assert slow_machine.run({"release": "1.1.0"}).end == "RolledBack"
    shop.upload("1.2.0", plan="steps(100@0.02)", bake='inconclusive = "promote"')
    run = slow_machine.run({"release": "1.2.0"})

    tools = Tools()
    record = tools.journal.deployment(run.answer["deployment"])
    counted = tools.metrics(shop.name, "live").before(
        {"api": (shop.function("api"), "2")}, end=time.time()
    )
    assert counted["api"].failures > 0, "the alias counted green's"
    assert record is not None
    assert record["before"]["api"]["failures"] == 0


def deployed(shop: Service, **record: Any) -> None:
    """One more deployment of the service, half an hour ago, as the ledger has it."""
    ledger, began = Tools().ledger, time.time() - 1800
    name = f"{shop.name}-{len(record)}-{began}"
    key = {"pk": f"SERVICE#{shop.name}", "sk": f"DEPLOYED#{iso(began)}#{name}"}
    ledger.put(Put({**key, "deployment": name}))
    ended = {"pk": f"DEPLOYMENT#{name}", "sk": "META", "endedAt": iso(began + 60), **record}
    ledger.put(Put(ended))
    Tools().journal.flip(name, 1, {"at": began + 30})


HOTFIX = {"reason": "the till is down", "red": [], "alarms": []}


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"action": "deploy", "outcome": "Released", "hotfix": None}, ""),
        ({"action": "deploy", "outcome": "Released", "hotfix": HOTFIX}, ""),
        (
            {"action": "deploy", "outcome": "Released", "hotfix": HOTFIX | {"red": ["api"]}},
            "the hotfix",
        ),
        ({"action": "rollback", "outcome": "RolledBack", "hotfix": None}, "the rollback"),
        ({"action": "repair", "outcome": "RolledBack", "hotfix": None}, "the repair"),
    ],
)
def test_all_before_what_was_bad_was_left_is_no_record_of_blue(
    shop: Service, record: dict[str, Any], named: str
) -> None:
    deployed(shop, **record)
    end = time.time()
    spans, begins = apart(Tools(), shop.name, since=end - 3600, end=end)
    assert [first for first, _ in spans] == ([0.0] if named else [])
    assert begins.partition(" of 20")[0] == named
    assert apart(Tools(), shop.name, since=end - 600, end=end) == ([], ""), "it ended before"


def test_the_plan_after_a_repair_says_since_when_blues_record_is(
    shop: Service, slow_machine: Engine
) -> None:
    shop.upload("1.0.0")
    assert slow_machine.run({"release": "1.0.0"}).end == "Released"
    shop.point("api", "1")
    repair = slow_machine.run({"action": "repair"})
    assert repair.end == "RolledBack", repair
    shop.upload("1.1.0", plan="canary(10, 2)")
    plan = slow_machine.run({"release": "1.1.0", "dryRun": True})
    assert "blue's record begins with the repair of 20" in plan.answer["reason"]
    assert "no function was asked anything lately" not in plan.answer["reason"]
