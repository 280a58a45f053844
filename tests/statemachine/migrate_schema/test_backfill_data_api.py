"""A backfill through the RDS Data API: no session, answers that get lost, and a long way there."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from handlers.errors import ClaimLost, TransientDatabase

pytestmark = pytest.mark.parametrize("lab", ["data API"], indirect=True)

FILES = {
    "0001_orders.expand.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, times int NOT NULL DEFAULT 0);"
    "INSERT INTO orders SELECT n FROM generate_series(1, 3000) n;",
    "0001_orders.backfill.sql": "-- table: orders\n-- key: id\n-- batch: 250\n"
    "UPDATE orders SET times = times + 1 WHERE id > $1 AND id <= $2",
}


def moved(lab: Any) -> list[list[Any]]:
    return lab.ask("SELECT times, count(*) FROM orders GROUP BY times ORDER BY times")


def at_update(number: int, do: Any) -> Any:
    """A fault: before the batch of this number something happens."""
    seen = [0]

    def fault(at: str, body: Mapping[str, Any]) -> None:
        if body.get("sql", "").startswith("UPDATE orders"):
            seen[0] += 1
            if seen[0] == number:
                do()

    return fault


@pytest.mark.parametrize("lost", ["/Execute", "/CommitTransaction"])
def test_a_lost_answer_in_mid_backfill_loses_no_row_and_does_none_twice(
    lab: Any, lost: str
) -> None:
    event = lab.event(FILES)
    lab.api.faults.append(at_update(3, lambda: lab.api.lost.add(lost)))
    with pytest.raises(TransientDatabase) as raised:
        lab.call(event)
    assert type(raised.value) is TransientDatabase
    assert moved(lab) != [[1, 3000]]
    assert lab.call(event)["next"] == "done"
    assert moved(lab) == [[1, 3000]]


def test_two_migrators_at_once_move_every_row_once(lab: Any) -> None:
    event = lab.event(FILES)

    def until_done() -> str:
        while True:
            try:
                return str(lab.call(event)["next"])
            except TransientDatabase as error:
                assert "has moved the cursor" in str(error)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(until_done) for _ in range(2)]
        assert {each.result(60) for each in both} == {"done"}
    assert moved(lab) == [[1, 3000]]


def test_a_later_deployment_ends_a_backfill_between_two_batches(lab: Any) -> None:
    def usurp() -> None:
        with ThreadPoolExecutor(1) as pool:
            later = f"UPDATE greenshift.fence SET token = 99 WHERE service = '{lab.service}'"
            usurped.append(pool.submit(lab.ask, later))

    usurped: list[Any] = []
    begun = [0]

    def fault(at: str, body: Mapping[str, Any]) -> None:
        if at == "/BeginTransaction" and lab.api.seen["/CommitTransaction"] >= 6 and not begun[0]:
            begun[0] = 1
            usurp()

    lab.api.faults.append(fault)
    with pytest.raises(ClaimLost):
        lab.call(lab.event(FILES))
    assert usurped[0].result(10) == []
    assert moved(lab)[-1][0] == 1, "what was committed before stays"
    assert moved(lab) != [[1, 3000]]


def test_a_long_way_to_the_database_makes_no_batch_smaller(lab: Any) -> None:
    lab.migrate({"0001_orders.expand.sql": FILES["0001_orders.expand.sql"]})
    batches: list[str] = []

    def far(at: str, body: Mapping[str, Any]) -> None:
        time.sleep(0.08)
        if body.get("sql", "").startswith("UPDATE orders"):
            batches.append(body["sql"])

    lab.api.faults.append(far)
    assert lab.migrate(FILES)["backfill"]["rows"] == 3000
    assert len(batches) <= 3000 / 250
