"""A round of synthetic requests: who is to blame for what, what is counted, and when it ends."""

import io
import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from handlers.adapters.functions.probes import Probes
from handlers.adapters.functions.synthetic_calls import SyntheticCalls
from handlers.adapters.ledger.ledger import ConditionFailed
from handlers.adapters.ledger.synthetic_rounds import SyntheticRounds
from handlers.baking import filling
from handlers.baking.filling import Sides, fill
from handlers.domain.synthetic.requests import MOST_ROUNDS, SyntheticCheck, SyntheticRequests
from handlers.errors import ClaimLost

UP = SyntheticCheck(
    name="up", function="api", event={"rawPath": "/up"}, form="apiGatewayV2", status=200
)
DOWN = SyntheticCheck(name="sent", function="worker", event={"Records": []}, json={"ok": True})
SIDES = {
    "api": Sides(name="shop-api", green="8", blue="7"),
    "worker": Sides(name="shop-worker", green="3", blue="2"),
}
GOOD = {"statusCode": 200, "ok": True}


class Lambda:
    """Answers an Invoke by version: a payload, or an error to raise; keeps what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.asked = {f"v{n}": GOOD for n in (2, 3, 7, 8)} | answers, []

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.asked.append((request["FunctionName"], request["Qualifier"]))
        found = self.answers["v" + request["Qualifier"]]
        if isinstance(found, Exception):
            raise found
        if isinstance(found, str):
            payload = json.dumps({"errorType": found}).encode()
            return {"Payload": io.BytesIO(payload), "FunctionError": "Unhandled"}
        return {"Payload": io.BytesIO(json.dumps(found).encode())}


class Ledger:
    """A table of one partition, with the conditions of the rounds."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def put(self, put: Any) -> None:
        known = self.items.get(put.item["sk"])
        if put.condition.startswith("attribute_not_exists"):
            holds = known is None
        else:
            wanted = put.values
            holds = known is not None and (known["by"], known["counted"]) == (wanted[":by"], False)
        if not holds:
            raise ConditionFailed("no")
        self.items[put.item["sk"]] = dict(put.item)

    def query(self, pk: str, prefix: str) -> list[dict[str, Any]]:
        return [item for sk, item in sorted(self.items.items()) if sk.startswith(prefix)]


def refused(code: str, status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Invoke")


class Filling:
    """A bake's minute to be filled, with everything around it made up."""

    def __init__(self, **answers: Any) -> None:
        self.lambda_, self.ledger = Lambda(**answers), Ledger()
        self.rounds = SyntheticRounds(self.ledger)  # type: ignore[arg-type]
        self.see_held: Callable[[], object] = lambda: None

    def fill(
        self,
        missing: Mapping[str, int],
        *,
        at: float = 600.0,
        sides: Mapping[str, Sides] = SIDES,
    ) -> list[Any]:
        """Fills it; answers the rounds that are known then."""
        tools: Any = SimpleNamespace(
            synthetic_calls=SyntheticCalls(Probes(self.lambda_)), synthetic_rounds=self.rounds
        )
        record: Any = SimpleNamespace(
            deployment="d", synthetic=SyntheticRequests(per_minute=60, checks=(UP, DOWN))
        )
        fill(tools, record, missing, sides, at=at, see_held=self.see_held)
        return self.rounds.known("d")[1]


def counts(found: list[Any]) -> dict[str, tuple[int, ...]]:
    return {
        row.check: (row.green_requests, row.green_failures, row.blue_requests, row.blue_failures)
        for each in found
        for row in each.rows
    }


def test_both_versions_get_the_same_by_number_and_are_judged_as_the_check_says() -> None:
    filling_ = Filling(v8={"statusCode": 500}, v2={"ok": False})
    assert counts(filling_.fill({"api": 6, "worker": 3})) == {
        "up": (6, 6, 6, 0),
        "sent": (3, 0, 3, 3),
    }
    assert filling_.lambda_.asked.count(("shop-api", "8")) == 6
    assert {version for _, version in filling_.lambda_.asked} == {"2", "3", "7", "8"}


@pytest.mark.parametrize(
    "failing",
    ["KeyError", ReadTimeoutError(endpoint_url="https://lambda")],
    ids=["raised", "hangs"],
)
def test_an_error_of_the_function_and_a_hang_are_its_failures(failing: Any) -> None:
    assert counts(Filling(v8=failing).fill({"api": 4})) == {"up": (4, 4, 4, 0)}


@pytest.mark.parametrize(
    "why",
    [
        refused("TooManyRequestsException", 429),
        refused("ServiceException", 500),
        refused("AccessDeniedException", 403),
        EndpointConnectionError(endpoint_url="https://lambda"),
    ],
    ids=["throttled", "failed on its side", "not allowed", "not reached"],
)
def test_what_lambda_does_not_call_is_nobodys_failure_and_ends_the_asking(why: Exception) -> None:
    filling_ = Filling(v8=why)
    (found,) = filling_.fill({"api": 40, "worker": 4})
    assert counts([found]) == {"sent": (4, 0, 4, 0)}
    assert 5 <= found.unanswered <= 8
    assert found.why.startswith("shop-api:8 could not be ")


def test_a_seed_is_not_asked() -> None:
    alone = {"api": Sides(name="shop-api", green="8", blue=None)}
    filling_ = Filling()
    assert counts(filling_.fill({"api": 4}, sides=alone)) == {"up": (4, 0, 0, 0)}
    assert set(filling_.lambda_.asked) == {("shop-api", "8")}


def test_a_minute_is_filled_once_whoever_tries_again() -> None:
    filling_ = Filling()
    filling_.fill({"api": 4})
    assert len(filling_.fill({"api": 4}, at=659.9)) == 1
    assert len(filling_.lambda_.asked) == 8
    assert len(filling_.fill({"api": 4}, at=660)) == 2


def test_a_try_that_died_leaves_its_minute_uncounted_for_good() -> None:
    filling_ = Filling()
    assert filling_.rounds.begin("d", 600, "the one that died")
    assert filling_.fill({"api": 4}) == []
    assert filling_.lambda_.asked == []


def test_nothing_is_asked_once_the_claim_is_lost() -> None:
    filling_, seen = Filling(), []

    def see() -> None:
        seen.append(1)
        if len(seen) == 3:
            raise ClaimLost("taken over")

    filling_.see_held = see
    with pytest.raises(ClaimLost):
        filling_.fill({"api": 40})
    assert len(filling_.lambda_.asked) == 16
    assert filling_.rounds.known("d") == (1, [])


def test_it_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 1_000, 5))
    monkeypatch.setattr(filling, "now", lambda: float(next(moments)))
    assert counts(Filling().fill({"api": 40})) == {"up": (8, 0, 8, 0)}


def test_so_many_minutes_are_enough_for_any_deployment() -> None:
    filling_ = Filling()
    for number in range(MOST_ROUNDS):
        filling_.rounds.begin("d", 60 * number, "by")
    filling_.fill({"api": 4}, at=10_000_000)
    assert filling_.lambda_.asked == []
