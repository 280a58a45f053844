"""The contract of the live release is scheduled for the end of its window, whatever comes twice or late."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from engine import Engine, Run
from service import Service

from handlers.adapters.clock import iso
from handlers.adapters.schedules import Schedules
from handlers.adapters.tools import Tools
from handlers.domain.schema.contracts import Contract
from handlers.errors import TransientConflict
from handlers.listeners import schedule_contract

ROLE = "arn:aws:iam::000000000000:role/greenshift-contracts"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:greenshift-contract-undelivered"
FILES = {"0001_orders.expand.sql": "SELECT 1;", "0001_orders.contract.sql": "SELECT 2;"}


@pytest.fixture
def scheduler(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The embedded Scheduler, to which the listener talks; no test leaves a schedule that fires."""
    monkeypatch.setenv("GREENSHIFT_SCHEDULER_ROLE", ROLE)
    monkeypatch.setenv("GREENSHIFT_SCHEDULER_UNDELIVERED", QUEUE)
    client = aws.client("scheduler")
    tools = Tools()
    tools.__dict__["schedules"] = Schedules(client, role=ROLE, undelivered=QUEUE)
    monkeypatch.setattr(schedule_contract, "tools", tools)
    yield client
    for each in client.list_schedules()["Schedules"]:
        client.delete_schedule(Name=each["Name"])


@pytest.fixture
def shop(shop: Service) -> Service:
    database = {"kind": "postgres", "secretArn": f"arn:aws:secretsmanager:::{shop.name}"}
    shop.register(database={**database, "role": "app"})
    return shop


def release(machine: Engine, shop: Service, number: str, files: Mapping[str, str]) -> Run:
    shop.upload(number, migrations=files)
    run = machine.run({"release": number})
    assert run.end == "Released", run
    return run


def hear(run: Run) -> str:
    """The listener hears of the execution's end, as the rule tells it."""
    detail = {"executionArn": run.arn, "status": run.status}
    return str(schedule_contract.handler({"detail": detail}, None)["schedule"])


def schedule(scheduler: Any, shop: Service) -> dict[str, Any] | None:
    name = schedule_contract.schedule_name(shop.name)
    try:
        found: dict[str, Any] = scheduler.get_schedule(Name=name, GroupName="default")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceNotFoundException"
        return None
    return found


def moment(found: Mapping[str, Any]) -> datetime:
    text = found["ScheduleExpression"].removeprefix("at(").removesuffix(")")
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def live(shop: Service) -> dict[str, Any]:
    found = Tools().journal.live(shop.name)
    assert found is not None
    return found


def contracted(shop: Service, *, done: bool = True) -> None:
    contract = Contract(
        title="0001_orders", release="1.0.0", deployment="d", at=iso(time.time()), done=done
    )
    tools = Tools()
    tools.ledger.put(tools.contracts.writing(shop.name, [contract]))


def test_a_release_with_contracts_is_scheduled_for_the_end_of_its_window(
    shop: Service, machine: Engine, scheduler: Any
) -> None:
    run = release(machine, shop, "1.0.0", FILES)
    assert hear(run) == "put"
    found = schedule(scheduler, shop)
    assert found is not None
    until = datetime.fromisoformat(live(shop)["rollbackUntil"])
    assert timedelta(0) <= moment(found) - until < timedelta(minutes=1), "never early"
    assert found["ActionAfterCompletion"] == "DELETE"
    assert found["FlexibleTimeWindow"] == {"Mode": "OFF"}
    target = found["Target"]
    assert target["Arn"] == run.arn.replace(":execution:", ":stateMachine:").rpartition(":")[0] + (
        ":live"
    )
    assert (target["RoleArn"], target["DeadLetterConfig"]) == (ROLE, {"Arn": QUEUE})
    assert target["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 86_400,
        "MaximumRetryAttempts": 185,
    }
    assert json.loads(target["Input"]) == {
        "action": "contract",
        "release": "1.0.0",
        "by": "schedule",
    }
    assert hear(run) == "put", "an event that comes twice changes nothing"
    again = schedule(scheduler, shop)
    assert again is not None
    assert (moment(again), again["Target"]) == (moment(found), target)


def test_a_newer_release_moves_the_schedule_also_when_the_older_ones_event_comes_late(
    shop: Service, machine: Engine, scheduler: Any
) -> None:
    first = release(machine, shop, "1.0.0", FILES)
    second = release(machine, shop, "1.1.0", FILES)
    assert [hear(second), hear(first)] == ["put", "put"]
    found = schedule(scheduler, shop)
    assert found is not None
    assert json.loads(found["Target"]["Input"])["release"] == "1.1.0"
    assert moment(found) >= datetime.fromisoformat(live(shop)["rollbackUntil"])


def test_without_contract_files_nothing_is_scheduled(
    shop: Service, machine: Engine, scheduler: Any
) -> None:
    run = release(machine, shop, "1.0.0", {"0001_orders.expand.sql": "SELECT 1;"})
    assert hear(run) == "deleted"
    assert schedule(scheduler, shop) is None


def test_a_rollback_takes_the_schedule_away(shop: Service, machine: Engine, scheduler: Any) -> None:
    release(machine, shop, "1.0.0", {})
    hear(release(machine, shop, "1.1.0", FILES))
    assert schedule(scheduler, shop) is not None
    back = machine.run({"action": "rollback"})
    assert back.end == "RolledBack", back
    assert hear(back) == "deleted"
    assert schedule(scheduler, shop) is None


def test_what_is_contracted_already_is_not_scheduled_again(
    shop: Service, machine: Engine, scheduler: Any
) -> None:
    run = release(machine, shop, "1.0.0", FILES)
    contracted(shop, done=False)
    assert hear(run) == "put", "begun, and perhaps half applied"
    contracted(shop)
    assert hear(run) == "deleted"
    assert schedule(scheduler, shop) is None


def test_a_window_that_is_over_leaves_scheduler_the_time_to_fire(
    shop: Service, machine: Engine, scheduler: Any
) -> None:
    shop.register(
        rollbackWindowHours=0.000_01,
        database={"kind": "postgres", "secretArn": "arn:aws:x", "role": "app"},
    )
    run = release(machine, shop, "1.0.0", FILES)
    assert hear(run) == "put"
    found = schedule(scheduler, shop)
    assert found is not None
    ahead = moment(found) - datetime.now(UTC)
    assert timedelta(seconds=60) < ahead <= timedelta(seconds=180)


def test_a_contract_that_found_its_service_busy_is_tried_again_later_and_no_other(
    shop: Service, machine: Engine, scheduler: Any
) -> None:
    release(machine, shop, "1.0.0", FILES)
    window = machine.run({"action": "contract"})
    assert window.answer["findings"][0]["code"] == "RollbackWindowOpen"
    assert hear(window) == "left"
    assert schedule(scheduler, shop) is None
    seen: list[Run] = []
    machine.before = lambda phase, document: (
        seen.append(machine.run({"action": "contract"})) if phase == "verify_green" else None
    )
    release(machine, shop, "1.1.0", FILES)
    (busy,) = seen
    assert busy.answer["findings"][0]["code"] == "ServiceBusy"
    assert hear(busy) == "put"


def test_an_execution_that_began_nothing_is_passed_over(scheduler: Any) -> None:
    name = hashlib.sha256(b"x").hexdigest()
    arn = f"arn:aws:states:us-east-1:000000000000:execution:greenshift-none:{name}"
    assert schedule_contract.schedule_contract(arn) == "left"


def test_a_schedule_that_others_make_and_delete_all_the_time_is_tried_again() -> None:
    class Racing:
        def create_schedule(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ConflictException"}}, "CreateSchedule")

        def update_schedule(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "UpdateSchedule")

    schedules = Schedules(Racing(), role=ROLE, undelivered=QUEUE)
    with pytest.raises(TransientConflict, match=r"greenshift-contract\.shop was made and deleted"):
        schedules.put("greenshift-contract.shop", 0, "arn", {})


def test_what_aws_refuses_otherwise_is_raised() -> None:
    class Refusing:
        def create_schedule(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "CreateSchedule")

    schedules = Schedules(Refusing(), role=ROLE, undelivered=QUEUE)
    with pytest.raises(ClientError, match="AccessDenied"):
        schedules.put("greenshift-contract.shop", 0, "arn", {})
