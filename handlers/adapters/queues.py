"""Queues of SQS by their ARNs: settings, counts, and moving dead letters back."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.adapters.aws import code_of, in_our_words
from handlers.domain.consumers.move import Move
from handlers.domain.consumers.source import QueueFacts

_AT_ONCE = 8
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)
_SETTINGS = ("VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy")


class Queues:
    """The queues that `sqs`, a client of the SDK, leads to."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs

    def facts(self, arns: Iterable[str]) -> dict[str, QueueFacts]:
        """The settings of each queue; one that cannot be read says why."""
        wanted = sorted(set(arns))
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(self._facts, wanted), strict=True))

    def counts(self, arns: Iterable[str], *, within_seconds: float) -> dict[str, int | None]:
        """About how many messages each queue has, in flight or not; None for one that does not say
        so in time. Raises nothing.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
        """
        wanted = sorted(set(arns))
        pool = ThreadPoolExecutor(max_workers=_AT_ONCE)
        calls = {arn: pool.submit(self._count, arn) for arn in wanted}
        done, _ = wait(calls.values(), timeout=within_seconds)
        pool.shutdown(wait=False, cancel_futures=True)
        return {arn: call.result() if call in done else None for arn, call in calls.items()}

    def feeding(self, arn: str) -> tuple[str, ...]:
        """The names of the queues that it is the dead-letter queue of; none where it does not say.
        Raises nothing.
        """
        try:
            found = self._sqs.list_dead_letter_source_queues(QueueUrl=self._url(arn))
        except (ClientError, BotoCoreError):
            return ()
        return tuple(sorted(url.rpartition("/")[2] for url in found.get("queueUrls", ())))

    def start_move(self, arn: str) -> None:
        """Starts moving every message of a dead-letter queue back to the queue that it came from.

        Raises AwsRefused, also where that is under way already, or TransientAws.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
        """
        with in_our_words():
            self._sqs.start_message_move_task(SourceArn=arn)

    def move(self, arn: str) -> Move | None:
        """The newest move of messages out of the queue, None where there was none lately."""
        with in_our_words():
            found = self._sqs.list_message_move_tasks(SourceArn=arn, MaxResults=1)
        for task in found.get("Results", ()):
            return Move(
                started=task["StartedTimestamp"],
                status=task["Status"],
                moved=task.get("ApproximateNumberOfMessagesMoved") or 0,
                failure=task.get("FailureReason"),
            )
        return None

    def _facts(self, arn: str) -> QueueFacts:
        try:
            found = self._attributes(arn, _SETTINGS)
        except (ClientError, BotoCoreError) as error:
            return QueueFacts(unread=_why(error))
        policy = json.loads(found.get("RedrivePolicy") or "{}")
        dead = policy.get("deadLetterTargetArn")
        return QueueFacts(
            visibility_seconds=int(found["VisibilityTimeout"]),
            kept_seconds=int(found["MessageRetentionPeriod"]),
            dead_letters=dead,
            receives=int(policy.get("maxReceiveCount", 0)),
            dead_letters_kept_seconds=self._kept(dead) if dead else None,
        )

    def _kept(self, arn: str) -> int | None:
        try:
            return int(self._attributes(arn, _SETTINGS)["MessageRetentionPeriod"])
        except (ClientError, BotoCoreError):
            return None

    def _count(self, arn: str) -> int | None:
        try:
            found = self._attributes(arn, _COUNTS)
            return sum(int(found.get(name, 0)) for name in _COUNTS)
        except (ClientError, BotoCoreError):
            return None

    def _attributes(self, arn: str, names: Iterable[str]) -> Mapping[str, str]:
        found: Mapping[str, str] = self._sqs.get_queue_attributes(
            QueueUrl=self._url(arn), AttributeNames=list(names)
        ).get("Attributes", {})
        return found

    def _url(self, arn: str) -> str:
        """As SQS forms it, so that it need not be asked for.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
        """
        account, name = arn.split(":")[4:6]
        return f"{self._sqs.meta.endpoint_url.rstrip('/')}/{account}/{name}"


def _why(error: ClientError | BotoCoreError) -> str:
    return code_of(error) if isinstance(error, ClientError) else type(error).__name__
