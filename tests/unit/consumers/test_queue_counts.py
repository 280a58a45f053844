"""Queues that are counted, and such that do not answer."""

import threading
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError

from handlers.adapters.queues import Queues

AT = "arn:aws:sqs:eu-central-1:123456789012"


class Sqs:
    """Answers by the queue's name, and remembers the URLs that it was asked for."""

    def __init__(self, **answers: Any) -> None:
        self.meta = SimpleNamespace(endpoint_url="https://sqs.eu-central-1.amazonaws.com")
        self.asked: list[str] = []
        self._answers = answers

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> Any:
        self.asked.append(QueueUrl)
        answer = self._answers[QueueUrl.rpartition("/")[2]]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, threading.Event):
            answer.wait(20)
        return {"Attributes": answer if isinstance(answer, dict) else {}}


REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetQueueAttributes")


def test_all_that_is_in_a_queue_counts_and_what_does_not_say_so_is_not_known() -> None:
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible")  # fmt: skip
    slow = threading.Event()
    sqs = Sqs(
        dead=dict(zip(names, ("3", "1", "2"), strict=True)),
        refused=REFUSED,
        away=ConnectTimeoutError(endpoint_url="x"),
        slow=slow,
    )
    counted = Queues(sqs).counts(
        [f"{AT}:{name}" for name in ("dead", "refused", "away", "slow")], within_seconds=0.3
    )
    slow.set()
    assert counted == {f"{AT}:dead": 6, f"{AT}:refused": None, f"{AT}:away": None, f"{AT}:slow": None}  # fmt: skip
    assert "https://sqs.eu-central-1.amazonaws.com/123456789012/dead" in sqs.asked


def test_a_queue_that_may_not_be_read_says_why_and_its_dead_letters_may_be_another_accounts() -> (
    None
):
    policy = f'{{"deadLetterTargetArn": "{AT}:refused", "maxReceiveCount": "4"}}'
    settings = {"VisibilityTimeout": "60", "MessageRetentionPeriod": "120", "RedrivePolicy": policy}
    facts = Queues(Sqs(orders=settings, refused=REFUSED)).facts([f"{AT}:orders", f"{AT}:refused"])
    assert facts[f"{AT}:refused"].unread == "AccessDenied"
    orders = facts[f"{AT}:orders"]
    assert (orders.receives, orders.dead_letters, orders.dead_letters_kept_seconds) == (4, f"{AT}:refused", None)  # fmt: skip
