"""Dead letters that are moved back."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def letters(lab: Any, *bodies: str) -> tuple[str, str, str]:
    """A queue whose messages were received too often; the URL of it, and of its dead-letter queue
    with its ARN.
    """
    dead, arn = lab.queue()
    queue, _ = lab.queue()
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": 1}
    lab["sqs"].set_queue_attributes(
        QueueUrl=queue,
        Attributes={"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"},
    )
    for body in bodies:
        lab["sqs"].send_message(QueueUrl=queue, MessageBody=json.dumps(body))
    for _ in range(2):  # the second look moves them
        lab["sqs"].receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return queue, dead, arn


def number(lab: Any, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = lab["sqs"].get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(each) for each in found.values())


def test_a_move_takes_every_message_back_to_where_it_came_from(corrected: Any) -> None:
    queue, dead, arn = letters(corrected, "a", "b")
    assert (number(corrected, queue), number(corrected, dead)) == (0, 2)
    corrected["sqs"].start_message_move_task(SourceArn=arn)
    (task,) = corrected["sqs"].list_message_move_tasks(SourceArn=arn)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 2)
    assert number(corrected, dead) == 0
    (source,) = corrected["sqs"].list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]
    assert source.rpartition("/")[2] == queue.rpartition("/")[2]
    found = corrected["sqs"].receive_message(
        QueueUrl=queue, MaxNumberOfMessages=10, AttributeNames=["ApproximateReceiveCount"]
    )["Messages"]
    assert sorted(json.loads(each["Body"]) for each in found) == ["a", "b"]
    assert {each["Attributes"]["ApproximateReceiveCount"] for each in found} == {"1"}


def test_a_queue_that_is_nobodys_dead_letter_queue_is_refused(corrected: Any) -> None:
    _, arn = corrected.queue()
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        corrected["sqs"].start_message_move_task(SourceArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        corrected["sqs"].list_message_move_tasks(SourceArn=f"{arn}-gone")


def test_stock_knows_no_moves(stock: Any) -> None:
    _, dead, arn = letters(stock, "a")
    for call in (
        lambda: stock["sqs"].start_message_move_task(SourceArn=arn),
        lambda: stock["sqs"].list_message_move_tasks(SourceArn=arn),
        lambda: stock["sqs"].list_dead_letter_source_queues(QueueUrl=dead),
    ):
        with pytest.raises(ClientError, match="not valid for this endpoint"):
            call()
