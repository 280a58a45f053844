"""A metric of the service's own ends a release that Lambda saw answer everything."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine import Engine
from invariants import assert_invariants
from service import Service

from handlers.adapters.tools import Tools

PAYMENTS = {
    "name": "payments",
    "function": "api",
    "namespace": "Shop",
    "total": "PaymentsAttempted",
    "failed": "PaymentsFailed",
}


@contextmanager
def paying(aws: Any, service: Service, *, declined_by: str) -> Iterator[None]:
    """Calls the alias without end, and counts what a version that pays would: one payment a call,
    which one of the versions declines.
    """
    cloudwatch, over = aws.client("cloudwatch"), threading.Event()

    def run() -> None:
        while not over.wait(0.02):
            called = service.lambda_.invoke(
                FunctionName=service.function("api"), Qualifier="live", Payload=b"{}"
            )
            version = called["ExecutedVersion"]
            dimensions = [
                {"Name": "Shop", "Value": service.name},
                {"Name": "FunctionVersion", "Value": version},
            ]
            counts = {"PaymentsAttempted": 1, "PaymentsFailed": int(version == declined_by)}
            cloudwatch.put_metric_data(
                Namespace="Shop",
                MetricData=[
                    {"MetricName": name, "Dimensions": dimensions, "Value": value}
                    for name, value in counts.items()
                ],
            )

    caller = threading.Thread(target=run)
    caller.start()
    try:
        yield
    finally:
        over.set()
        caller.join()


def test_a_green_that_declines_payments_goes_back(
    aws: Any, shop: Service, slow_machine: Engine
) -> None:
    own = {**PAYMENTS, "dimensions": {"Shop": shop.name}}
    shop.register(metrics=[own])
    shop.upload("1.0.0")
    first = slow_machine.run({"release": "1.0.0"})
    assert first.end == "Released", first
    note = (Tools().journal.deployment(first.answer["deployment"]) or {})["note"]
    assert "payments says nothing: blue has counted no PaymentsAttempted by Function" in note
    shop.upload("1.1.0", plan="steps(50@2, 100@2)")
    with paying(aws, shop, declined_by="3"):
        run = slow_machine.run({"release": "1.1.0"})
    assert run.end == "RolledBack", run
    assert "payments: green failed" in run.answer["reason"]
    (verdict,) = Tools().journal.verdicts(run.answer["deployment"])
    assert (verdict["by"], verdict["greenFailed"]) == ("metric", 0)
    assert verdict["metrics"]["payments"], "the evidence is kept"
    assert shop.live() == {"api": {"version": "2", "weights": {}}}
    assert_invariants(shop, run)


def test_a_metric_that_nobody_counts_is_told_and_keeps_nothing_from_passing(
    shop: Service, machine: Engine
) -> None:
    shop.register(metrics=[PAYMENTS])
    shop.upload("1.0.0")
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert_invariants(shop, run)
