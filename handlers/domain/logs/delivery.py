"""What CloudWatch Logs delivers to a subscription: lines of one log stream, gzipped.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 16 << 20
"""Of one delivery, unzipped: an event that a Lambda takes never holds so much of plain log."""

_GZIP = 16 + zlib.MAX_WBITS
_OWN_GROUP = "/aws/lambda/"
# A log group that functions share has the function's name in its streams, and brackets around the
# environment's. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
_STREAM = re.compile(
    r"\d{4}/\d\d/\d\d/(?P<function>[\w-]{1,64})?\[(?P<version>\d+|\$LATEST)\]\[?\w+\]?"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One log event: when it was written (epoch seconds) and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Lines of one execution environment of a function's version, in the order of their writing.

    `name` is the same for the same lines, however often they are delivered.
    """

    function: str
    version: str
    name: str
    lines: tuple[Line, ...]


def read_delivery(event: Mapping[str, Any]) -> Delivery | None:
    """The delivery in a Lambda event; None for one that has no lines of a Lambda function, or that
    cannot be read.
    """
    try:
        unzip = zlib.decompressobj(_GZIP)
        raw = unzip.decompress(base64.b64decode(event["awslogs"]["data"]), MOST_BYTES)
        found = json.loads(raw) if unzip.eof else None
        if not isinstance(found, dict) or found.get("messageType") != "DATA_MESSAGE":
            return None
        stream = _STREAM.fullmatch(found["logStream"])
        function = stream and (stream["function"] or _owner(found["logGroup"]))
        events = found["logEvents"]
        lines = tuple(Line(each["timestamp"] / 1000, str(each["message"])) for each in events)
        if not stream or not function or not lines:
            return None
        name = f"{found['logStream']}:{events[0]['id']}:{len(events)}"
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, zlib.error):
        return None
    return Delivery(function, stream["version"], name, lines)


def _owner(group: str) -> str | None:
    return group.removeprefix(_OWN_GROUP) if group.startswith(_OWN_GROUP) else None
