"""What a release is measured by is what blue did, not what was rolled back from it."""

import time

from engine import Engine
from load import calling
from service import RAISES, Service

from handlers.adapters.tools import Tools


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
