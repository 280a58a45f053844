"""A contract: after the rollback window, on its own, and never past what can still be called (I4)."""

from typing import Any

import pytest
from contract_store import CONTRACT, DROP, EXPANDED, FIRST, PAST, SECOND, Store
from invariants import assert_invariants
from previewed import Previewed
from service import RAISES

from handlers.adapters.tools import Tools

PROBE = """[[checks]]
name = "up"
function = "api"
http = {method = "GET", path = "/"}
expect = {status = 200}
"""


def test_a_contract_after_the_window_changes_the_schema_and_moves_no_alias(
    released: Store,
) -> None:
    revisions, live = released.service.revisions(), released.live()
    run = released.machine.run({**CONTRACT, "release": "1.1.0", "by": "schedule"})
    assert (run.end, run.states) == (
        "Released",
        ["Receive", "What?", "Plan", "Then?", "MigrateSchema", "Migrated?", "Finalize", "Released"],
    )
    assert released.columns() == {"id", "channel"}
    assert released.service.revisions() == revisions
    assert released.live() == live, "what is live, and since when, is as it was"
    assert run.answer["reason"].startswith("applied 0002_channel: 1 statement, locks held for")
    assert (run.answer["release"], run.answer["blue"]) == ("1.1.0", {"api": "3"})
    assert run.answer["green"] == {"api": "unchanged"}
    assert released.contracts() == [("0002_channel", "1.1.0", True)]
    record = assert_invariants(released.service, run)
    assert (record["action"], record["source"]) == ("contract", "schedule")
    statements = "SELECT version, part, number, state FROM greenshift.statements"
    assert [2, "contract", 1, "done"] in released.ask(statements)


def test_a_contract_that_ran_is_nothing_to_do(released: Store) -> None:
    first = released.machine.run(CONTRACT)
    again = released.machine.run(CONTRACT)
    assert again.end == "NothingToDo", again
    at = first.answer["endedAt"]
    assert again.answer["reason"] == f"release 1.1.0 is contracted since {at}: 0002_channel"
    assert_invariants(released.service, again)


def test_a_contract_before_the_windows_end_is_rejected_with_when_to_come_again(
    store: Store,
) -> None:
    store.release("1.0.0", FIRST)
    store.register(rollbackWindowHours=24)
    store.release("1.1.0", SECOND)
    run = store.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    (finding,) = run.answer["findings"]
    assert finding["code"] == "RollbackWindowOpen"
    assert f"ends at {store.live()['rollbackUntil']}, and 1.0.0 may need" in finding["what"]
    assert "start it again after that with `greenshift contract" in finding["do"]
    assert store.columns() == {"id", "old", "channel"}
    assert store.contracts() == []
    assert_invariants(store.service, run)
    assert store.machine.run({"action": "rollback"}).end == "RolledBack"


@pytest.mark.parametrize("asked", [{"release": "1.0.0"}, {}], ids=["named", "whichever"])
def test_a_release_that_is_not_live_any_more_is_not_contracted(
    store: Store, asked: dict[str, str]
) -> None:
    store.release("1.0.0", {**FIRST, "0001_orders.contract.sql": DROP})
    store.release("1.1.0", EXPANDED | {"0001_orders.contract.sql": DROP})
    store.register(rollbackWindowHours=24)
    store.release("1.2.0", EXPANDED | {"0001_orders.contract.sql": DROP})
    run = store.machine.run({**CONTRACT, **asked})
    assert store.columns() == {"id", "old", "channel"}
    if asked:
        assert run.end == "NothingToDo", run
        reason = f"release 1.0.0 is not live any more: 1.2.0 is live since {store.live()['since']}"
        assert run.answer["reason"] == reason
    else:
        assert run.end == "Rejected", run
    assert_invariants(store.service, run)


def test_there_is_nothing_to_contract_without_contract_files_or_a_release(store: Store) -> None:
    run = store.machine.run(CONTRACT)
    assert run.end == "NothingToDo", run
    assert "no release of" in run.answer["reason"]
    store.release("1.0.0", FIRST)
    run = store.machine.run(CONTRACT)
    assert run.end == "NothingToDo", run
    assert run.answer["reason"] == "release 1.0.0 has no contract migrations"
    assert_invariants(store.service, run)


def test_a_rollback_past_a_contract_is_refused_beforehand(released: Store) -> None:
    assert released.machine.run(CONTRACT).end == "Released"
    revisions = released.service.revisions()
    run = released.machine.run({"action": "rollback"})
    assert run.end == "Rejected", run
    (contract,) = Tools().contracts.of(released.service.name)
    assert run.answer["reason"] == (
        f"a contract of 1.1.0 (0002_channel) ran on {contract.at}: 1.0.0 can no longer read the "
        "schema; deploy a new release that does what 1.0.0 did on the schema as it is now"
    )
    assert released.service.revisions() == revisions
    assert_invariants(released.service, run)


def test_a_release_that_was_made_before_the_contract_is_refused_also_when_typed(
    released: Store,
) -> None:
    assert released.machine.run(CONTRACT).end == "Released"
    released.service.upload("1.2.0", migrations=EXPANDED)
    for number in ("1.0.0", "1.2.0"):
        run = released.machine.run({"release": number})
        assert run.end == "Rejected", run
        (finding,) = run.answer["findings"]
        assert (finding["code"], finding["where"]) == ("ContractedPast", f"release {number}")
        assert "a contract of 1.1.0 (0002_channel) ran on" in finding["what"]
        assert "a new release that has the contract file of 0002_channel" in finding["do"]
        assert_invariants(released.service, run)
    released.release("1.3.0", SECOND)
    back = released.machine.run({"action": "rollback"})
    assert "the rollback window of 1.3.0" in back.answer["reason"], "not the contract's doing"


def test_a_rollback_to_a_release_that_knows_the_contract_is_possible(released: Store) -> None:
    assert released.machine.run(CONTRACT).end == "Released"
    released.register(rollbackWindowHours=24)
    released.release("1.2.0", SECOND)
    back = released.machine.run({"action": "rollback"})
    assert back.end == "RolledBack", back
    assert released.live()["release"] == "1.1.0"
    assert released.live()["contracts"] == ["0002_channel"]
    assert_invariants(released.service, back)
    assert released.machine.run(CONTRACT).end == "NothingToDo"


def test_a_release_that_was_gone_back_to_is_contracted_when_what_was_undone_is_past(
    store: Store,
) -> None:
    store.release("1.0.0", SECOND)
    store.register(rollbackWindowHours=24)
    store.release("1.1.0", SECOND)
    until = store.live()["rollbackUntil"]
    assert store.machine.run({"action": "rollback"}).end == "RolledBack"
    run = store.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    assert f"ends at {until}, and the release before it" in run.answer["reason"]


@pytest.mark.parametrize("way", ["alias", "shared alias", "event source", "live"])
def test_a_contract_is_refused_while_another_version_can_be_called(
    released: Store, aws: Any, way: str
) -> None:
    service = released.service
    name, lambda_ = service.function("api"), service.lambda_
    if way == "alias":
        lambda_.create_alias(FunctionName=name, Name="beta", FunctionVersion="2")
        where, told = f"{name}:beta", "this alias serves version 2, and 1.1.0 is version 3"
    elif way == "shared alias":
        lambda_.create_alias(
            FunctionName=name,
            Name="beta",
            FunctionVersion="3",
            RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
        )
        where, told = f"{name}:beta", "this alias serves version 2 and 3"
    elif way == "event source":
        queue = aws.client("sqs").create_queue(QueueName=f"{service.name}-queue")["QueueUrl"]
        arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        source = arn["Attributes"]["QueueArn"]
        lambda_.create_event_source_mapping(
            EventSourceArn=source, FunctionName=f"{name}:2", Enabled=False
        )
        where, told = f"{name}:2", f"{source} calls {name}:2"
    else:
        lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
        where, told = f"{name}:live", "it serves version 2, and 1.1.0 is version 3"
    run = released.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    (finding,) = run.answer["findings"]
    assert finding["where"] == where
    assert told in finding["what"]
    assert finding["do"].endswith("then start the contract again")
    assert released.columns() == {"id", "old", "channel"}
    assert released.contracts() == []


def test_aliases_and_event_sources_of_the_live_version_are_no_hindrance(
    released: Store, aws: Any
) -> None:
    service = released.service
    name, lambda_ = service.function("api"), service.lambda_
    lambda_.create_alias(FunctionName=name, Name="also", FunctionVersion="3")
    sqs = aws.client("sqs")
    for number, qualifier in enumerate(("live", "also", "3")):
        url = sqs.create_queue(QueueName=f"{service.name}-fine-{number}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        lambda_.create_event_source_mapping(
            EventSourceArn=arn["Attributes"]["QueueArn"],
            FunctionName=f"{name}:{qualifier}",
            Enabled=False,
        )
    assert released.machine.run(CONTRACT).end == "Released"


@pytest.mark.parametrize(
    "asked", [{}, {"release": "1.1.0", "by": "schedule"}], ids=["hand", "schedule"]
)
def test_a_green_that_went_back_and_stays_at_the_preview_is_told_and_no_hindrance(
    store: Store, aws: Any, asked: dict[str, str]
) -> None:
    tried = Previewed(aws, store.service)
    preview = {"url": tried.url, "alias": "preview", "functions": ["api"]}
    store.register(rollbackWindowHours=PAST, preview=preview)
    store.release("1.0.0", FIRST)
    store.release("1.1.0", SECOND)
    store.service.upload("1.2.0", sources={"api": RAISES}, migrations=SECOND, extra=PROBE)
    assert store.machine.run({"release": "1.2.0"}).end == "RolledBack"
    assert tried.alias["FunctionVersion"] == "4"
    run = store.machine.run({**CONTRACT, **asked})
    assert run.end == "Released", run
    assert store.columns() == {"id", "channel"}
    assert tried.alias["FunctionVersion"] == "4"
    assert assert_invariants(store.service, run)["note"] == (
        f"contracts 0002_channel. {tried.function}:preview still leads to version 4, which may fail "
        "on the schema afterwards"
    )


def test_a_contract_is_refused_while_an_event_source_calls_the_preview(
    released: Store, aws: Any
) -> None:
    service = released.service
    tried = Previewed(aws, service)
    preview = {"url": tried.url, "alias": "preview", "functions": ["api"]}
    released.register(rollbackWindowHours=PAST, preview=preview)
    url = aws.client("sqs").create_queue(QueueName=f"{service.name}-tried")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    service.lambda_.create_event_source_mapping(
        EventSourceArn=arn["Attributes"]["QueueArn"],
        FunctionName=f"{tried.function}:preview",
        Enabled=False,
    )
    run = released.machine.run(CONTRACT)
    assert run.end == "Rejected", run
    (finding,) = run.answer["findings"]
    assert f"calls {tried.function}:preview, and 1.1.0 is version 3" in finding["what"]
    assert released.columns() == {"id", "old", "channel"}
