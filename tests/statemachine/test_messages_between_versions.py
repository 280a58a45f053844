"""Samples of what each version sends, put through the other one before any traffic (I10)."""

from collections.abc import Callable
from typing import Any

import pytest
from engine import Engine
from invariants import assert_invariants
from service import GOOD, Service

from handlers.adapters.tools import Tools

READS = """
import json
def handler(event, context):
    message = json.loads(event["Records"][0]["body"])
    message[%r]
    return {"batchItemFailures": []}
# %s
"""
SAMPLE = """[[checks]]
name = "%s"
function = "worker"
message = {as = "sqs", json = {%s}}
expect = {json = {batchItemFailures = []}}
sample = true
"""
OLD, BOTH = SAMPLE % ("an old message", "order = 1"), SAMPLE % ("a message", "order = 1, id = 2")
NEW = SAMPLE % ("a new message", "id = 2")


@pytest.fixture
def release(
    pair: Service, machine_of: Callable[[Service], Engine]
) -> Callable[[str, str, str], Any]:
    """Releases a worker that reads one key of its messages, with the samples of what is sent."""
    machine = machine_of(pair)

    def run(number: str, key: str, samples: str) -> Any:
        sources = {"api": f"{GOOD}# {number}", "worker": READS % (key, number)}
        pair.upload(number, sources=sources, extra=samples)
        return machine.run({"release": number})

    return run


def exchanged(run: Any) -> dict[str, list[tuple[str, str]]]:
    """By side, the samples that it was given and the versions that read them."""
    phases = Tools().journal.phases(run.answer["deployment"])
    found = phases["VerifyGreen"]["section"]["exchanged"]
    return {side: [(r["name"], r["version"]) for r in results] for side, results in found.items()}


def test_versions_that_understand_each_other_go_on(pair: Service, release: Any) -> None:
    first = release("1.0.0", "order", OLD)
    assert first.end == "Released", first
    assert exchanged(first) == {"onBlue": [], "onGreen": []}, "the seed was never released"
    run = release("1.1.0", "order", BOTH)
    assert run.end == "Released", run
    assert exchanged(run) == {
        "onBlue": [("a message", "2")],
        "onGreen": [("an old message", "3")],
    }
    assert_invariants(pair, run)


def test_a_message_that_blue_does_not_understand_ends_the_deployment(
    pair: Service, release: Any
) -> None:
    assert release("1.0.0", "order", OLD).end == "Released"
    before = pair.revisions()
    run = release("1.1.0", "id", NEW)
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith(
        "NotUnderstood: blue (1.0.0) does not understand what 1.1.0 sends: "
        "'a new message' on worker:2: KeyError: 'order'"
    )
    assert pair.revisions() == before
    assert_invariants(pair, run)


def test_a_green_that_does_not_understand_what_is_in_the_queue_ends_the_deployment(
    pair: Service, release: Any
) -> None:
    assert release("1.0.0", "order", OLD).end == "Released"
    run = release("1.1.0", "id", BOTH)
    assert run.end == "RolledBack", run
    assert run.answer["reason"].startswith(
        "NotUnderstood: 1.1.0 does not understand what blue (1.0.0) sends: "
        "'an old message' on worker:3: KeyError: 'id'"
    )


def test_versions_that_move_together_need_not_understand_each_other(
    pair: Service, release: Any
) -> None:
    pair.register(together="atomic")
    for number, key, samples in (("1.0.0", "order", OLD), ("1.1.0", "id", NEW)):
        run = release(number, key, samples)
        assert run.end == "Released", run
    assert exchanged(run) == {"onBlue": [], "onGreen": []}


def test_a_bundle_of_blue_that_is_gone_holds_nothing_up(pair: Service, release: Any) -> None:
    assert release("1.0.0", "order", OLD).end == "Released"
    key = f"releases/{pair.name}/1.0.0.zip"
    for each in pair.s3.list_object_versions(Bucket=pair.bucket, Prefix=key)["Versions"]:
        pair.s3.delete_object(Bucket=pair.bucket, Key=key, VersionId=each["VersionId"])
    run = release("1.1.0", "order", BOTH)
    assert run.end == "Released", run
    assert exchanged(run) == {"onBlue": [("a message", "2")], "onGreen": []}
    phases = Tools().journal.phases(run.answer["deployment"])
    told = phases["VerifyGreen"]["section"]["reason"]
    assert "; blue's bundle is gone, so that nothing of its own was checked" in told
