"""Requests sent and failed while `orders` is released, rolled back, stopped and released badly.

Everything as in `make demo`: the unmodified `cdk deploy`, HTTP through the API, every answer
checked. Each row has at least 3,000 requests. The peer is the first row: the same load while
nothing is deployed.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from stage import Orders
from variants import BAD, STEPPED, lingering
from witness import Witness, failed_by_version

from infra.local.environment import embedded
from infra.sample.bring_up import bring_up

RATE = 150
LEAST = 3_000
COLUMNS = f"{'while':<44}{'requests':>9}{'failed':>8}{'of green':>10}{'p50 ms':>8}{'p99 ms':>8}"
Act = Callable[[Orders, Witness], dict[str, Any]]


def nothing(orders: Orders, witness: Witness) -> dict[str, Any]:
    return {}


def a_good_release(orders: Orders, witness: Witness) -> dict[str, Any]:
    version = orders.version()
    migrations = orders.migration("ALTER TABLE orders ADD COLUMN note text;")
    bundle = orders.bundle(version, pace=STEPPED, migrations=migrations)
    return ended(orders.release(version, bundle), "Released")


def a_rollback_by_hand(orders: Orders, witness: Witness) -> dict[str, Any]:
    return ended(orders.wait(orders.start({"action": "rollback"})), "RolledBack")


def a_stop_in_the_bake(orders: Orders, witness: Witness) -> dict[str, Any]:
    version = orders.version()
    running = orders.started_by(orders.drop(version, orders.bundle(version, pace=lingering(50))))
    orders.reaches(running, "Bake")
    witness.more(500)
    orders.client("stepfunctions").stop_execution(executionArn=running)
    return orders.deployments.answer(running, timeout_seconds=120)


def a_bad_release(orders: Orders, witness: Witness) -> dict[str, Any]:
    version = orders.version()
    return ended(
        orders.release(version, orders.bundle(version, base=BAD, pace=STEPPED)), "RolledBack"
    )


ROWS: dict[str, Act] = {
    "nothing is deployed": nothing,
    "a release in three steps, with a migration": a_good_release,
    "a rollback by hand": a_rollback_by_hand,
    "a stop in the console, and the recovery": a_stop_in_the_bake,
    "a bad release (1 customer in 12 gets a 500)": a_bad_release,
}


def ended(execution: Any, outcome: str) -> dict[str, Any]:
    assert execution.answer.get("outcome") == outcome, execution
    return dict(execution.answer)


def measure(orders: Orders, what: str, act: Act) -> str:
    """One row: the load runs before, during and after."""
    with orders.witness(rate=RATE) as witness:
        witness.more(300)
        answer = act(orders, witness)
        witness.more(max(300, LEAST - witness.counts().requests), seconds=120)
    counts = witness.counts()
    green = answer.get("green", {}).get("api", "")
    blamed = failed_by_version(counts).get(green, 0)
    return (
        f"{what:<44}{counts.requests:>9,}{counts.failed:>8}{blamed:>10}"
        f"{counts.p50_ms:>8.0f}{counts.p99_ms:>8.0f}"
    )


def main() -> None:
    with embedded() as environment, tempfile.TemporaryDirectory() as folder:
        orders = Orders(environment, bring_up(environment), Path(folder))
        for _ in range(2):
            version = orders.version()
            ended(orders.release(version, orders.bundle(version)), "Released")
        print(COLUMNS)
        for what, act in ROWS.items():
            print(measure(orders, what, act), flush=True)


if __name__ == "__main__":
    main()
