"""Moving the messages of a dead-letter queue back.

AWS: `StartMessageMoveTask` moves every message of a queue that is the dead-letter queue of others
back to where each came from, as a new message; who asks for it needs to be allowed to receive and
delete there, and to send to where they go. `ListMessageMoveTasks` tells of the newest ones, and
`ListDeadLetterSourceQueues` which queues it is the dead-letter queue of.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
Stock MiniStack: knows none of them. Patch: it does; a move has ended when it is answered.
"""

import json
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from infra.local.corrections.permits import denial_of_caller
from infra.local.patching import when_imported

_MOVE, _LIST = "StartMessageMoveTask", "ListMessageMoveTasks"
_SOURCES = "ListDeadLetterSourceQueues"
_ON_SOURCE = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_ORIGIN = "DeadLetterQueueSourceArn"
_MOST_LISTED = 10


def apply() -> None:
    """Patches the actions of SQS, and what IAM is asked about them."""
    when_imported("ministack.services.sqs", _patch)
    when_imported("ministack.core.iam_actions", _patch_resource)


def _patch_resource(iam_actions: Any) -> None:
    extract = iam_actions.extract_resource_arn

    def arn_of(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        if service == "sqs" and headers.get("x-amz-target", "").endswith((_MOVE, _LIST)):
            return str(json.loads(body or b"{}").get("SourceArn", "*"))
        found: str = extract(service, method, path, headers, body, *rest)
        return found

    iam_actions.extract_resource_arn = arn_of


def _patch(sqs: Any) -> None:
    handle, tasks = sqs.handle_request, _Tasks(sqs)
    sqs._HANDLERS |= {_MOVE: tasks.start, _LIST: tasks.newest, _SOURCES: tasks.sources}

    async def handle_for_caller(
        method: str, path: str, headers: Any, body: bytes, query_params: Any
    ) -> Any:
        if headers.get("x-amz-target", "").endswith(f".{_MOVE}"):
            router: Any = import_module("ministack.core.router")
            key = router.extract_access_key_id(headers, query_params)
            for action, arn in tasks.needed(json.loads(body or b"{}")):
                if reason := denial_of_caller(key, f"sqs:{action}", arn):
                    return sqs._json_err_resp("AccessDeniedException", reason, 403)
        return await handle(method, path, headers, body, query_params)

    sqs.handle_request = handle_for_caller


class _Tasks:
    """The moves of each dead-letter queue, the newest first."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs
        self._of: dict[str, list[dict[str, Any]]] = {}

    def start(self, data: dict[str, Any], _: str) -> dict[str, Any]:
        """Moves all messages and notes the task as completed."""
        queue = self._dead_letter_queue(data["SourceArn"])
        moved = len(queue["messages"])
        task = {
            "TaskHandle": self._sqs.new_uuid(),
            "Status": "COMPLETED",
            "SourceArn": data["SourceArn"],
            "StartedTimestamp": int(time.time() * 1000),
            "ApproximateNumberOfMessagesToMove": moved,
            "ApproximateNumberOfMessagesMoved": moved,
        }
        waiting, queue["messages"] = queue["messages"], []
        for message in waiting:
            self._send_again(message, data.get("DestinationArn"))
        self._sqs.esm_wake.set()
        self._of[data["SourceArn"]] = [task, *self._of.get(data["SourceArn"], ())][:_MOST_LISTED]
        return {"TaskHandle": task["TaskHandle"]}

    def newest(self, data: dict[str, Any], _: str) -> dict[str, Any]:
        """The newest tasks, one unless more are asked for; only one that runs has a handle."""
        self._dead_letter_queue(data["SourceArn"])
        found = self._of.get(data["SourceArn"], [])[: int(data.get("MaxResults") or 1)]
        return {"Results": [{k: v for k, v in each.items() if k != "TaskHandle"} for each in found]}

    def sources(self, data: dict[str, Any], url: str) -> dict[str, Any]:
        """The URLs of the queues that the queue is the dead-letter queue of."""
        arn = self._sqs._get_q(data.get("QueueUrl", url))["attributes"]["QueueArn"]
        urls = [self._sqs._queue_url(each.rpartition(":")[2]) for each in self._sources(arn)]
        return {"queueUrls": urls}

    def needed(self, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """What the caller has to be allowed beside starting the task."""
        source = data.get("SourceArn", "")
        yield from ((action, source) for action in _ON_SOURCE)
        custom = data.get("DestinationArn")
        for arn in [custom] if custom else self._sources(source):
            yield "SendMessage", arn

    def _send_again(self, message: dict[str, Any], destination: str | None) -> None:
        now = time.time()
        origin = message.get("sys", {}).get(_ORIGIN)
        queue = self._sqs._queue_by_arn(destination or origin or "")
        if queue is not None:
            again = {
                **message,
                "id": self._sqs.new_uuid(),
                "receipt_handle": None,
                "receive_count": 0,
                "first_receive_at": None,
                "sent_at": now,
                "enqueued_at": now,
                "visible_at": now,
                "sys": {key: value for key, value in message["sys"].items() if key != _ORIGIN},
            }
            queue["messages"].append(again)

    def _dead_letter_queue(self, arn: str) -> dict[str, Any]:
        found: dict[str, Any] | None = self._sqs._queue_by_arn(arn)
        if found is None:
            what = "The resource that you specified for the SourceArn parameter doesn't exist."
            raise self._sqs._Err("ResourceNotFoundException", what, 404)
        if not any(self._sources(arn)):
            what = "Source queue must be configured as a Dead Letter Queue."
            raise self._sqs._Err("InvalidParameterValue", what)
        return found

    def _sources(self, arn: str) -> Iterator[str]:
        for queue in list(self._sqs._queues.values()):
            policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
            if policy.get("deadLetterTargetArn") == arn:
                yield queue["attributes"]["QueueArn"]
