"""Queues that feed a consumer, and dead letters in them."""

import json
from dataclasses import dataclass
from typing import Any

from service import Service


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A queue with its dead-letter queue, by URL and ARN."""

    sqs: Any
    url: str
    arn: str
    dead_url: str
    dead: str

    def give_up(self, number: int) -> None:
        """So many messages are received too often by somebody."""
        for each in range(number):
            self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(each))
        for _ in range(6):
            self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=0)

    def counts(self) -> tuple[int, int]:
        """How many messages are in the queue and in its dead-letter queue."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = [
            self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            for url in (self.url, self.dead_url)
        ]
        first, second = (sum(int(number) for number in each.values()) for each in found)
        return first, second


def mailbox(aws: Any, name: str, *, receives: int = 5, visibility: int = 60) -> Mailbox:
    """Makes both queues."""
    sqs = aws.client("sqs")

    def made(queue: str, **attributes: str) -> tuple[str, str]:
        url = sqs.create_queue(QueueName=queue, Attributes=attributes)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    dead_url, dead = made(f"{name}-dead-letters")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": receives})
    url, arn = made(name, RedrivePolicy=policy, VisibilityTimeout=str(visibility))
    return Mailbox(sqs, url, arn, dead_url, dead)


def feed(service: Service, key: str, arn: str, qualifier: str = "live", **more: Any) -> None:
    """An event source on an alias or a version; disabled, unless said otherwise, so that nothing
    polls it.
    """
    name = service.function(key)
    service.lambda_.create_event_source_mapping(
        FunctionName=f"{name}:{qualifier}" if qualifier else name,
        EventSourceArn=arn,
        **{"Enabled": False, **more},
    )
