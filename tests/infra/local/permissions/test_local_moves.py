"""What somebody needs who moves dead letters back."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def queues(account: Any) -> tuple[str, str]:
    """The ARNs of a queue and of its dead-letter queue."""
    _, dead = account.lab.queue()
    url, queue = account.lab.queue()
    policy = {"deadLetterTargetArn": dead, "maxReceiveCount": 5}
    account.lab["sqs"].set_queue_attributes(
        QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    return queue, dead


ON_DEAD = ("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


@pytest.mark.parametrize("lacking", [None, "sqs:SendMessage", *(f"sqs:{each}" for each in ON_DEAD)])
def test_a_move_needs_both_ends(account: Any, lacking: str | None) -> None:
    queue, dead = queues(account)
    wanted = [(f"sqs:{each}", dead) for each in ON_DEAD] + [("sqs:SendMessage", queue)]
    may = [account.allow(action, on=arn) for action, arn in wanted if action != lacking]
    sqs = account.user(*may)("sqs")
    if lacking is None:
        assert sqs.start_message_move_task(SourceArn=dead)["TaskHandle"]
    else:
        with pytest.raises(ClientError, match=f"(?i)not authorized to perform: {lacking}"):
            sqs.start_message_move_task(SourceArn=dead)
