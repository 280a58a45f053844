"""Messages to the worker. Every release's worker must understand those of every other one."""

import functools
import json
import os
from typing import Any

import boto3


def send(message: dict[str, Any]) -> None:
    """Puts the message into the queue; raises if it could not."""
    _client().send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(message))


@functools.cache
def _client() -> Any:
    return boto3.client("sqs")
