"""The long list: `make load`. One environment that enforces permissions, with Greenshift, `orders` and
workers that write down what they are given; at the end a table of all that was sent.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from accounts import kept, table, unexplained
from under_load import LoadOrders

from infra.local.environment import embedded
from infra.sample.bring_up import bring_up


@pytest.fixture(scope="session")
def brought_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadOrders]:
    """As for the other end-to-end tests, with permissions enforced."""
    with embedded(enforce=True) as environment:
        yield LoadOrders(environment, bring_up(environment), tmp_path_factory.mktemp("bundles"))


@pytest.fixture(autouse=True)
def nothing_left(orders: LoadOrders) -> Iterator[None]:
    """A scenario that fails leaves no deployment that runs to the next one."""
    yield

    def over() -> bool:
        return bool((orders.item("SERVICE#orders", "CLAIM") or {"closed": True})["closed"])

    if not over():
        orders.stop(orders.item("SERVICE#orders", "CLAIM")["execution"])
        orders.until(over, "the deployment that was left is not over", seconds=120)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The accounts, when all is over."""
    if kept:
        terminalreporter.section("what was sent, and what became of it")
        for line in (table(kept), *unexplained(kept)):
            terminalreporter.write_line(line)
