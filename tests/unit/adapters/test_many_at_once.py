"""Twenty deployments that shift and go back at once, each in an environment of its own, on a Lambda
that throttles what is past its quota: boto3 with its retries, the flips and the budget as they are.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from handlers.adapters.aws import new_client
from handlers.adapters.functions.aliases import Aliases
from handlers.adapters.functions.budget import Budget
from handlers.adapters.functions.control_plane import in_turn
from handlers.adapters.functions.flips import Flips, Order
from handlers.adapters.ledger.claims import Claim
from handlers.domain.budget.budget import FIRST_RATE, RATE
from handlers.domain.shift.traffic import Managed, Target
from tests.unit.adapters.quota import Clock, Crew, Lambda, Quota, Table

DEPLOYMENTS = 20
CLAIM = Claim("shop", "shop-1", "arn:1", 1, "2026-11-23T10:15:02.123Z", closed=False)


class Held:
    """Claims that nobody takes away."""

    def check(self, claim: Claim) -> None:
        """It is ours."""


class Account:
    """One account's Lambda and ledger, and the clock by which all of it runs."""

    def __init__(self) -> None:
        self.clock, self.table = Clock(), Table()
        self.lambda_ = Lambda(Quota(self.clock))

    def environment(self, *, first: bool = False, budget: bool = True) -> Flips:
        """What a phase's environment moves aliases with."""
        client = new_client("lambda")
        if budget:
            in_turn(client, Budget(
                self.table, RATE, first=first, clock=self.clock.time, sleep=self.clock.sleep
            ))  # fmt: skip
        claims: Any = Held()
        return Flips(Aliases(self.lambda_.listen(client)), claims, self.clock.time)


def orders(deployment: int, functions: int, version: str) -> list[Order]:
    return [
        Order(
            function=Managed(f"f{n}", f"shop{deployment}-f{n}", "entry", "1", weighted=True),
            alias="live",
            target=Target(version, {}),
            ours=None,
            description=version,
        )
        for n in range(functions)
    ]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    found = Account()
    with (
        patch("botocore.endpoint.time", found.clock),
        patch("handlers.adapters.functions.flips.ThreadPoolExecutor", partial(Crew, found.clock)),
    ):
        yield found


def until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def at_once(
    clock: Clock, environments: list[Flips], functions: int, version: str
) -> dict[str, Exception]:
    """All environments move their service's aliases at the same time; answers what failed."""
    with Crew(clock, len(environments)) as pool:
        tried = [
            pool.submit(each.try_all, CLAIM, orders(number, functions, version))
            for number, each in enumerate(environments)
        ]
    return {name: error for each in tried for name, error in each.result()[1].items()}


def test_twenty_deployments_shift_at_once_and_nothing_is_throttled(account: Account) -> None:
    environments = [account.environment() for _ in range(DEPLOYMENTS)]
    began = account.clock.time()
    assert at_once(account.clock, environments, 5, "2") == {}
    quota, seconds = account.lambda_.quota, account.clock.time() - began
    assert quota.throttled == 0
    assert seconds < 1.1 * quota.calls / RATE, "and little of the rate is left unused"
    assert all(each["FunctionVersion"] == "2" for each in account.lambda_.aliases.values())
    assert account.table.writes < quota.calls, "several calls share a write"


def test_twenty_rollbacks_at_once_are_not_throttled_either(account: Account) -> None:
    environments = [account.environment(first=True) for _ in range(DEPLOYMENTS)]
    began = account.clock.time()
    assert at_once(account.clock, environments, 3, "1") == {}
    quota, seconds = account.lambda_.quota, account.clock.time() - began
    assert quota.throttled == 0
    assert seconds < 1.1 * quota.calls / FIRST_RATE


def test_a_rollback_of_sixty_functions_is_as_quick_beside_twenty_deployments_as_alone(
    account: Account,
) -> None:
    environments = [account.environment() for _ in range(DEPLOYMENTS)]
    back = account.environment(first=True)
    began = account.clock.time()
    with Crew(account.clock, 2) as pool:
        busy = pool.submit(at_once, account.clock, environments, 5, "2")
        until(lambda: len(account.clock.asleep) > 80)
        going_back = pool.submit(back.try_all, CLAIM, orders(99, 60, "1"))
    made, errors = going_back.result()
    assert busy.result() == {}
    assert (len(made), errors) == (60, {})
    # Each flip is two calls here, as no revision is known.
    assert max(flip.at for flip in made) - began < 1.1 * 120 / FIRST_RATE
    assert account.lambda_.quota.throttled == 0


def test_without_a_budget_the_same_deployments_are_throttled_until_some_fail(
    account: Account,
) -> None:
    environments = [account.environment(budget=False) for _ in range(DEPLOYMENTS)]
    failed = at_once(account.clock, environments, 12, "2")
    assert account.lambda_.quota.throttled > 100
    assert any("TooManyRequestsException" in str(error) for error in failed.values())
