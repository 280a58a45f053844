"""`greenshift redrive`, and what `rollback` and `status` say of dead letters."""

import itertools
import json
from typing import Any

import pytest
from account import Account, Service, answer, ends_with
from botocore.exceptions import ClientError

from handlers.adapters.aws import in_our_words
from handlers.adapters.ledger.dead_letters import Counts
from handlers.domain.consumers.dead_letters import DeadLetters, Of
from handlers.domain.consumers.move import Move

_numbers = itertools.count(1)


def queues(account: Account, letters: int) -> tuple[str, str]:
    """The ARNs of a queue and of its dead-letter queue, in which so many messages are."""
    sqs, name = account.client("sqs"), f"box{next(_numbers)}"

    def made(queue: str, **attributes: str) -> tuple[str, str]:
        url = sqs.create_queue(QueueName=queue, Attributes=attributes)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    url, dead = made(f"{name}-dead")
    for _ in range(letters):
        sqs.send_message(QueueUrl=url, MessageBody="{}")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 5})
    _, source = made(name, RedrivePolicy=policy)
    return source, dead


def note(
    service: Service, deployment: str, source: str, dead: str, *, before: int | None, of: Of
) -> None:
    letters = DeadLetters(
        queue=dead, of=of, functions=("api",), sources=(source,) if of == "messages" else ()
    )
    counts = Counts(
        service=service.name,
        deployment=deployment,
        at="2026-11-23T10:16:00.000Z",
        queues=(letters,),
        before={dead: before},
    )
    service._on.dead_letters.note(counts)


def went_back(
    account: Account, letters: int, *, before: int | None = 0, of: Of = "messages"
) -> tuple[Service, str]:
    """A service whose newest deployment went back, with messages in its dead-letter queue; its ARN."""
    service = account.service(ends_with(answer("orders", "RolledBack")))
    claim = service.running()
    source, dead = queues(account, letters)
    note(service, claim.deployment, source, dead, before=before, of=of)
    service.close(claim, "RolledBack")
    return service, dead


def text(result: Any) -> str:
    return " ".join(result.output.split())


def test_by_default_it_is_only_shown(account: Account, greenshift: Any) -> None:
    service, dead = went_back(account, 3, before=1)
    name = dead.rpartition(":")[2]
    result = greenshift("redrive", service.name)
    assert result.exit_code == 0
    assert f"{name}: about 3 would be moved back to {name[:-5]}: 2 arrived since the first flip, 1 was there before" in text(result)  # fmt: skip
    assert f"nothing was moved: do it with `greenshift redrive {service.name} --yes`" in text(result)  # fmt: skip
    (document,) = greenshift.documents(greenshift("redrive", service.name, "--json"))
    (letters,) = document["deadLetters"]
    assert (letters["queue"], letters["before"], letters["now"], letters["arrived"]) == (dead, 1, 3, 2)  # fmt: skip


def test_with_yes_they_are_moved_and_scripts_are_told_how_many(
    account: Account, greenshift: Any
) -> None:
    service, dead = went_back(account, 2)
    result = greenshift("redrive", service.name, "--yes", "--json")
    assert result.exit_code == 0
    shown, done = greenshift.documents(result)
    assert shown["deadLetters"][0]["now"] == 2
    assert done == {"service": service.name, "moved": {dead.rpartition(":")[2]: 2}}


def test_a_dead_letter_queue_that_others_share_is_told_as_such(
    account: Account, greenshift: Any
) -> None:
    service, dead = went_back(account, 1)
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 5})
    other = f"other-of-{service.name}"
    account.client("sqs").create_queue(QueueName=other, Attributes={"RedrivePolicy": policy})
    told = text(greenshift("redrive", service.name))
    assert f"among them those of {other}, which go back there" in told


def test_what_sqs_cannot_move_back_is_told_with_the_way_by_hand(
    account: Account, greenshift: Any
) -> None:
    service, _ = went_back(account, 1, of="events")
    result = greenshift("redrive", service.name, "--yes")
    assert result.exit_code == 0
    assert f"about 1, which SQS cannot move back: call with the body of each `aws lambda invoke --invocation-type Event --function-name {service.name}-api:live`" in text(result)  # fmt: skip
    assert "there is nothing in them that could be moved back" in text(result)


def test_a_queue_that_is_gone_or_may_not_be_read_is_left(account: Account, greenshift: Any) -> None:
    service, dead = went_back(account, 1)
    sqs = account.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=dead.rpartition(":")[2])["QueueUrl"])
    result = greenshift("redrive", service.name, "--yes")
    assert result.exit_code == 0
    assert "it could not be counted, and is left as it is; you need sqs:GetQueueAttributes" in text(result)  # fmt: skip
    assert "could not be counted" in text(greenshift("status", service.name))


def test_a_service_without_dead_letter_queues_has_nothing_to_move(
    account: Account, greenshift: Any
) -> None:
    service = account.service()
    service.close(service.running(), "RolledBack")
    result = greenshift("redrive", service.name, "--yes")
    assert result.exit_code == 0
    assert f"no dead-letter queue of {service.name} is known" in text(result)
    assert greenshift.documents(greenshift("status", service.name, "--json"))[0]["deadLetters"] is None  # fmt: skip
    assert greenshift("redrive", "nobody", "--yes").exit_code == 1


@pytest.mark.parametrize(
    ("moves", "code", "told"),
    [
        ([Move(2, "RUNNING", 1), Move(2, "COMPLETED", 2)], 0, "1 moved so far"),
        ([Move(2, "FAILED", 1, "AccessDenied")], 1, "ended as FAILED (AccessDenied), with 1 moved: the others are still there"),
        ([Move(2, "RUNNING", 1)], 6, "are still being moved: that goes on"),
    ],
)  # fmt: skip
def test_a_move_is_followed_to_its_end(
    account: Account,
    greenshift: Any,
    monkeypatch: pytest.MonkeyPatch,
    moves: list[Move],
    code: int,
    told: str,
) -> None:
    service, _ = went_back(account, 2)
    # The list shows the move before ours first, and the newest as long as it is looked at.
    shown = itertools.chain([Move(1, "COMPLETED", 9)] * 2, moves, itertools.repeat(moves[-1]))
    started = []
    monkeypatch.setattr("handlers.adapters.queues.Queues.move", lambda self, arn: next(shown))
    monkeypatch.setattr("handlers.adapters.queues.Queues.start_move", lambda self, arn: started.append(arn))  # fmt: skip
    result = greenshift("redrive", service.name, "--yes", "--timeout", "0.4s")
    assert result.exit_code == code, result.output
    assert told in text(result)
    assert len(started) == 1


def test_while_a_deployment_runs_or_live_is_not_whole_nothing_is_moved(
    account: Account, greenshift: Any
) -> None:
    service, _ = went_back(account, 1)
    lambda_, name = account.client("lambda"), f"{service.name}-api"
    lambda_.update_function_configuration(FunctionName=name, Description="other")
    version = lambda_.publish_version(FunctionName=name)["Version"]
    weights = {"AdditionalVersionWeights": {version: 0.2}}
    lambda_.update_alias(FunctionName=name, Name="live", RoutingConfig=weights)
    split = greenshift("redrive", service.name, "--yes")
    assert (split.exit_code, f"see `greenshift repair {service.name}` first" in text(split)) == (2, True)  # fmt: skip
    claim = service.running()
    held = greenshift("redrive", service.name, "--yes")
    assert held.exit_code == 2
    assert f"is held by {claim.deployment}" in text(held)


def test_a_rollback_goes_no_further_back_when_it_was_to_move_what_came_of_one_that_is_undone(
    account: Account, greenshift: Any
) -> None:
    service, _ = went_back(account, 1)
    result = greenshift("rollback", service.name, "--redrive-messages", "--yes")
    assert result.exit_code == 0
    assert "was undone already, so that nothing more is rolled back" in text(result)
    assert "1 moved; one that fails again comes back to it" in text(result)
    machine = f"arn:aws:states:us-east-1:000000000000:stateMachine:greenshift-{service.name}"
    started = account.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert len(started) == 1, "the deployment's own"


def test_what_a_caller_may_not_move_is_one_sentence(
    account: Account, greenshift: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _ = went_back(account, 1)
    answered: Any = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}

    def refuse(sqs: Any, arn: str) -> None:
        with in_our_words():
            raise ClientError(answered, "StartMessageMoveTask")

    monkeypatch.setattr("handlers.adapters.queues.Queues.start_move", refuse)
    result = greenshift("redrive", service.name, "--yes")
    assert result.exit_code == 1
    assert "AWS does not allow StartMessageMoveTask (not authorized)" in text(result)
