"""What EventBridge is told of a deployment: the ledger's own stream, put through the listener."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from engine import Engine, Run
from jsonschema import Draft202012Validator
from queues import Meanwhile
from service import Service

from handlers.adapters.event_bus import EventBus
from handlers.adapters.tools import Tools
from handlers.listeners import notify

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "statemachine/schemas/event.schema.json").read_text())
TWO_STEPS = "steps(50@0.001, 100@0.001)"
BEFORE_TRAFFIC = [
    "started", "Plan/ended", "ProvisionGreen/started", "ProvisionGreen/ended",
    "VerifyGreen/started", "MigrateSchema/ended", "VerifyGreen/ended", "ShiftTraffic/started",
    "ShiftTraffic/1/ended", "Bake/started",
]  # fmt: skip


class Bus:
    """EventBridge, which takes everything."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def put_events(self, *, Entries: Sequence[Any]) -> Any:
        self.told += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in Entries]}


@pytest.fixture
def told(aws: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Any]]]:
    """Puts what was written since the test began through the listener; answers the entries."""
    table = aws.client("dynamodb").describe_table(TableName="greenshift-ledger")["Table"]
    arn, streams = table["LatestStreamArn"], aws.client("dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    begin = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
    )["ShardIterator"]

    def records() -> Iterator[Any]:
        place = begin
        while found := (answer := streams.get_records(ShardIterator=place))["Records"]:
            yield from found
            place = answer["NextShardIterator"]

    def tell() -> list[Any]:
        bus = Bus()
        monkeypatch.setitem(notify.tools.__dict__, "event_bus", EventBus(bus))
        assert notify.handler({"Records": list(records())}, None) == {"batchItemFailures": []}
        return bus.told

    yield tell


def details(told: Callable[[], list[Any]], run: Run) -> list[dict[str, Any]]:
    """The details of one deployment's events."""
    name = run.answer["deployment"]
    return [each for each in published(told) if each["deployment"] == name]


def published(told: Callable[[], list[Any]]) -> list[dict[str, Any]]:
    """The details of all events; each of them, as it goes out, is as published."""
    found = []
    for entry in told():
        detail = json.loads(entry["Detail"])
        event = {"source": entry["Source"], "detail-type": entry["DetailType"]}
        Draft202012Validator(SCHEMA).validate({**event, "detail": detail})
        found.append(detail)
    return found


def ends(found: Sequence[dict[str, Any]]) -> list[tuple[str | None, str, str]]:
    """What has ended: its action, its release and how."""
    return [
        (each["action"], each["release"], each["outcome"])
        for each in found
        if each.get("outcome") is not None
    ]


def without_waiting(found: Sequence[dict[str, Any]]) -> list[str]:
    """What tells the events apart, without the deployment and the moment, and without the looks
    that a quick bake may or may not have waited for.
    """
    ids = [each["id"].removeprefix(each["deployment"] + "/") for each in found]
    names = [name.removesuffix("/" + each["at"]) for name, each in zip(ids, found, strict=True)]
    assert len({*ids}) == len(ids), "each is another"
    return [name for name in names if not name.endswith("/wait")]


def test_a_release_is_told_step_by_step(
    shop: Service, machine: Engine, told: Callable[[], list[Any]]
) -> None:
    shop.upload("1.0.0", plan=TWO_STEPS)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    found = details(told, run)
    assert without_waiting(found) == [
        *BEFORE_TRAFFIC, "Bake/1/inconclusive", "ShiftTraffic/2/ended", "Bake/2/inconclusive",
        "Finalize/ended", "Released",
    ]  # fmt: skip
    shifts = [each for each in found if each.get("phase") == "ShiftTraffic" and "step" in each]
    assert [(each["step"], each["weight"]) for each in shifts] == [(1, 50), (2, 100)]
    assert found[-1]["reason"] == run.answer["reason"]
    (last,) = [
        each for each in found if each["id"].split("/")[1:4] == ["Bake", "2", "inconclusive"]
    ]
    kept = Tools().journal.verdicts(run.answer["deployment"])[-1]
    counts = {key: kept[key] for key in kept if key.endswith(("Requests", "Failures"))}
    assert len(counts) == 8
    assert counts.items() <= last.items()


def test_a_hotfix_that_goes_back_says_in_each_event_why_it_was_one(
    shop: Service, machine: Engine, told: Callable[[], list[Any]]
) -> None:
    shop.upload("1.0.0", plan=TWO_STEPS, bake='inconclusive = "rollBack"')
    run = machine.run({"release": "1.0.0", "hotfix": "the till is down"})
    assert run.end == "RolledBack", run
    found = details(told, run)
    assert without_waiting(found) == [
        *BEFORE_TRAFFIC, "Bake/1/inconclusive", "RollBack/ended", "RolledBack",
    ]  # fmt: skip
    assert {each["hotfix"] for each in found} == {"the till is down"}
    end = found[-1]
    assert (end["outcome"], end["release"]) == ("RolledBack", "1.0.0")
    assert end["reason"].startswith("hotfix: the till is down; ")
    assert (end["blue"], end["green"]) == ({"api": "1"}, {"api": "2"})


def test_a_refusal_is_told_as_its_end_alone(
    shop: Service, machine: Engine, told: Callable[[], list[Any]]
) -> None:
    run = machine.run({"release": "9.9.9", "hotfix": "the till is down"})
    assert run.end == "Rejected", run
    (end,) = details(told, run)
    assert (end["outcome"], end["hotfix"]) == ("Rejected", "the till is down")


def test_what_is_no_deployment_is_not_told_as_the_end_of_one(
    shop: Service, machine: Engine, told: Callable[[], list[Any]]
) -> None:
    """A decision, a dry run or a refused withdrawal names a release that may run or wait."""
    shop.upload("1.0.0", plan="steps(10@3, 100@3)")
    shop.upload("1.1.0")
    asked = [
        {"action": "approve", "release": "1.0.0"},
        {"action": "approve"},
        {"action": "reject", "reason": "the totals are wrong"},
        {"release": "1.0.0", "dryRun": True},
        {"release": "1.1.0", "dryRun": True},
        {"release": "9.9.9", "dryRun": True},
        {"release": "1.0.0", "withdraw": True},
        {"action": "promote", "who": "jane"},
        {"action": "promote"},
    ]
    meanwhile = Meanwhile(machine, "bake", asked)
    run = machine.run({"release": "1.0.0"})
    assert run.end == "Released", run
    assert {each.end for each in meanwhile.runs} == {"NothingToDo", "Rejected"}
    assert [each.end for each in meanwhile.runs[-2:]] == ["NothingToDo"] * 2
    assert machine.run({"release": "1.1.0", "dryRun": True}).end == "NothingToDo"
    assert ends(published(told)) == [("deploy", "1.0.0", "Released")]


def test_whatever_is_asked_for_is_told_as_the_schema_says(
    shop: Service, machine: Engine, told: Callable[[], list[Any]]
) -> None:
    shop.upload("1.0.0")
    shop.upload("1.1.0")
    meanwhile = Meanwhile(
        machine,
        "bake",
        [{"release": "1.0.0"}, {"release": "1.1.0"}, {"release": "1.1.0", "withdraw": True}],
    )
    assert machine.run({"release": "1.0.0"}).end == "Released"
    assert [each.end for each in meanwhile.runs] == ["NothingToDo"] * 3
    none: list[Any] = [{"action": "recover", "execution": meanwhile.runs[0].arn}, {"action": [7]}]
    unread: list[Any] = [[], "1.0.0", {"action": "drill"}, {"release": 7}]
    for request in (*none, *unread):
        assert machine.run(request).end == "Rejected"
    for action in ("contract", "repair", "rollback", "rollback"):
        machine.run({"action": action})
    found = published(told)
    queued, *of_one_write = [each for each in found if each["release"] == "1.1.0"]
    (left,) = [each for each in of_one_write if each["deployment"] == queued["deployment"]]
    (withdrawn,) = [each for each in of_one_write if each is not left]
    assert [each["queued"] for each in (queued, left, withdrawn)] == [True, False, False]
    assert (left["outcome"], left["reason"]) == ("Rejected", "it was taken out of the queue")
    assert withdrawn["reason"] == "1.1.0 was taken out of the queue"
    assert ends([each for each in found if each is not left]) == [
        ("deploy", "1.0.0", "NothingToDo"),
        ("deploy", "1.1.0", "NothingToDo"),
        ("deploy", "1.1.0", "NothingToDo"),
        ("deploy", "1.0.0", "Released"),
        *[(None, "", "Rejected")] * len(none),
        *[("deploy", "", "Rejected")] * len(unread),
        ("contract", "1.0.0", "NothingToDo"),
        (None, "", "Rejected"),
        ("rollback", "", "RolledBack"),
        (None, "", "Rejected"),
    ]


def shown(page: str, language: str) -> str:
    """The first block of the language on the page."""
    text = (ROOT / "docs" / page).read_text()
    found = re.search(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[2]


def test_a_rule_of_the_pages_sends_its_queue_the_question_or_the_release_and_nothing_else(
    shop: Service, machine: Engine, told: Callable[[], list[Any]], aws: Any
) -> None:
    stacks, bus, queues = (aws.client(each) for each in ("cloudformation", "events", "sqs"))
    stacks.create_stack(StackName=shop.name, TemplateBody=shown("events.md", "yaml"))
    made = stacks.describe_stack_resources(StackName=shop.name)["StackResources"]
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in made}
    url = ids["Releases"]
    attributes = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    rule = bus.list_rule_names_by_target(TargetArn=attributes["QueueArn"])["RuleNames"][0]
    (allowed,) = json.loads(attributes["Policy"])["Statement"]
    assert allowed == {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": attributes["QueueArn"],
        "Condition": {"ArnEquals": {"aws:SourceArn": bus.describe_rule(Name=rule)["Arn"]}},
    }
    bus.put_rule(Name=f"{shop.name}-asks", EventPattern=shown("operating.md", "json"))
    target = {"Id": "queue", "Arn": attributes["QueueArn"]}
    bus.put_targets(Rule=f"{shop.name}-asks", Targets=[target])

    shop.upload("1.0.0", plan="steps(100@0.001)", bake='inconclusive = "ask"')
    approved: list[Run] = []

    def approve(phase: str, document: Any) -> None:
        looks = Tools().journal.verdicts(document["deployment"]["id"]) if phase == "bake" else []
        if looks and "asks" in looks[-1] and not approved:
            approved.append(machine.run({"action": "approve"}))

    machine.before = approve
    assert machine.run({"release": "1.0.0"}).end == "Released"
    for entry in told():
        bus.put_events(Entries=[entry])
    got = [json.loads(each["Body"])["detail"] for each in received(queues, url)]
    assert sorted(each.get("outcome") or each["verdict"] for each in got) == ["Released", "ask"]
    (question,) = [each for each in got if "verdict" in each]
    assert "shall it be released? It waits until " in question["reason"]


def received(queues: Any, url: str) -> Iterator[Any]:
    """All that lies in the queue."""
    while found := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for each in found:
            queues.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        yield from found
