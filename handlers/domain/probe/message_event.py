"""The event by which a declared message calls a version: one record, as AWS would deliver it,
marked synthetic where the service has a place for such a mark.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus

from handlers.domain.probe.probe_event import SYNTHETIC
from handlers.domain.release.check_calls import Message
from handlers.domain.release.check_forms import MessageForm

_REGION, _ACCOUNT = "us-east-1", "000000000000"
"""Of an account that nobody has: no queue or topic that is named in a synthetic event is there."""


def message_event(message: Message, name: str, at: str) -> dict[str, Any]:
    """The event of one check; `name` is the check's, sent as the mark's value, and `at` the time at
    which the message says it was sent.
    """
    return _FORMS[message.form](message, name, at)


def _sqs(message: Message, name: str, at: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""
    marked = {**message.attributes, SYNTHETIC: name}
    record = {
        "messageId": f"greenshift-{name}",
        "receiptHandle": "greenshift",
        "body": _body(message),
        "attributes": {"ApproximateReceiveCount": "1", "SenderId": "greenshift"},
        "messageAttributes": {
            key: {"stringValue": value, "dataType": "String"} for key, value in marked.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:greenshift",
        "awsRegion": _REGION,
    }
    return {"Records": [record]}


def _sns(message: Message, name: str, at: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    topic = f"arn:aws:sns:{_REGION}:{_ACCOUNT}:greenshift"
    marked = {**message.attributes, SYNTHETIC: name}
    notification = {
        "Type": "Notification",
        "MessageId": f"greenshift-{name}",
        "TopicArn": topic,
        "Subject": message.subject,
        "Message": _body(message),
        "Timestamp": at,
        "MessageAttributes": {
            key: {"Type": "String", "Value": value} for key, value in marked.items()
        },
    }
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{topic}:greenshift",
        "EventSource": "aws:sns",
        "Sns": notification,
    }
    return {"Records": [record]}


def _event_bridge(message: Message, name: str, at: str) -> dict[str, Any]:
    """Its detail belongs to the service, so that the mark is one of the resources.

    https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """
    return {
        "version": "0",
        "id": f"greenshift-{name}",
        "source": message.source,
        "detail-type": message.detail_type,
        "account": _ACCOUNT,
        "time": at,
        "region": _REGION,
        "resources": [f"{SYNTHETIC}:{name}"],
        "detail": message.json,
    }


def _s3(message: Message, name: str, at: str) -> dict[str, Any]:
    """It has no attributes, so that the mark is the notification's own name.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": _REGION,
        "eventTime": at,
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "greenshift"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": f"greenshift-{name}"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": f"{SYNTHETIC}:{name}",
            "bucket": {"name": message.bucket, "arn": f"arn:aws:s3:::{message.bucket}"},
            "object": {"key": quote_plus(message.key, safe="/"), "sequencer": "0"},
        },
    }
    return {"Records": [record]}


def _body(message: Message) -> str:
    return json.dumps(message.json) if message.body is None else message.body


_FORMS: Mapping[MessageForm, Callable[[Message, str, str], dict[str, Any]]] = {
    "sqs": _sqs,
    "sns": _sns,
    "eventBridge": _event_bridge,
    "s3": _s3,
}
