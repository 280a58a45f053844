"""What an earlier Greenshift has left in the ledger is read, gone back by, and deployed on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import GOOD, Service

from handlers.adapters.clock import iso, now
from handlers.adapters.ledger.ledger import Put
from handlers.adapters.tools import Tools
from handlers.domain.earlier import SchemaChange

WRITTEN = Path(__file__).parent / "fixtures" / "ledger_of_56aa402.json"


@pytest.fixture
def stopped(pair: Service, aws: Any) -> str:
    """A service that an earlier Greenshift was deploying 1.2.0 to, half of the traffic shifted;
    answers the execution that was stopped.
    """
    for number in ("1.0.0", "1.1.0", "1.2.0"):
        for key in pair.kinds:
            pair.publish(key, GOOD + f"\n# {number}\n")
    for key in pair.kinds:
        pair.point(key, "3", v4=0.5)
    items = json.loads(WRITTEN.read_text().replace("heirloom", pair.name))
    ours = [item for item in items if pair.name in json.dumps(item)]
    assert ours == items
    dynamodb = aws.client("dynamodb")
    for item in items:
        dynamodb.put_item(TableName="greenshift-ledger", Item=item)
    tools = Tools()
    live, claim = tools.journal.live(pair.name), tools.claims.of(pair.name)
    assert live is not None
    assert claim is not None
    # Its window has ended long ago.
    tools.ledger.put(Put({**live, "rollbackUntil": iso(now() + 3600)}))
    return claim.execution


def test_a_deployment_of_an_earlier_greenshift_is_recovered_and_gone_back_past(
    pair: Service, machine_of: Callable[..., Engine], stopped: str
) -> None:
    machine = machine_of(pair)
    recovered = machine.run({"action": "recover", "execution": stopped})
    assert recovered.end == "RolledBack", recovered
    assert recovered.answer["release"] == "1.2.0"
    assert {each["version"] for each in pair.live().values()} == {"3"}
    assert_invariants(pair, recovered)

    back = machine.run({"action": "rollback"})
    assert (back.end, back.answer["release"]) == ("RolledBack", "1.0.0"), back
    assert {each["version"] for each in pair.live().values()} == {"2"}
    assert_invariants(pair, back)

    pair.upload("1.3.0")
    deployed = machine.run({"release": "1.3.0"})
    assert deployed.end == "Released", deployed
    assert_invariants(pair, deployed)
    (left,) = Tools().history.earlier(pair.name, iso(now()))
    assert left.release == "1.0.0"


def test_the_way_back_of_a_deployment_goes_on_where_an_earlier_greenshift_left_it(
    pair: Service, machine_of: Callable[..., Engine], stopped: str
) -> None:
    machine = machine_of(pair)
    document = {
        "service": pair.name,
        "execution": stopped,
        "startedAt": "2026-11-28T14:09:22.760Z",
        "request": {"release": "1.2.0"},
        "failure": {"Error": "States.Timeout", "Cause": ""},
    }
    ended = machine.call("roll_back", document)
    assert ended["outcome"] == "RolledBack", ended
    assert {each["version"] for each in pair.live().values()} == {"3"}
    assert machine.call("roll_back", document) == ended, "I7"


def test_an_item_that_a_newer_greenshift_wrote_is_not_misread(
    shop: Service, machine: Engine, aws: Any
) -> None:
    newer = {"pk": {"S": f"SERVICE#{shop.name}"}, "sk": {"S": "LIVE"}, "schema": {"N": "2"}}
    aws.client("dynamodb").put_item(TableName="greenshift-ledger", Item=newer)
    shop.upload("1.0.0")
    revisions = shop.revisions()
    told = f"item SERVICE#{shop.name} LIVE has schema 2 and this Greenshift knows 1"
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Rejected", run
    assert told in run.answer["reason"]
    machine.calls.clear()
    back = machine.run({"action": "rollback"})
    assert back.end == "NeedsAttention", back
    assert told in str(back.answer)
    assert machine.calls == ["roll_back"], "trying again would not help"
    assert shop.revisions() == revisions


def test_keys_that_a_later_greenshift_added_are_passed_over(shop: Service) -> None:
    history = Tools().history
    change = SchemaChange(release="1.0.0", deployment="d", titles=("0001_a",), token=1)
    put = history.changing(shop.name, change)
    Tools().ledger.put(Put({**put.item, "whatever": "comes"}))
    assert history.changes(shop.name) == [change]
