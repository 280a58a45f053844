"""The answer that CloudFormation waits for after it has called a custom resource."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_ATTEMPTS = 4
_LONGEST_REASON = 1000
"""Of the 4096 bytes that a whole answer may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How it ended, the resource's physical id, and what `Fn::GetAtt` finds."""

    ok: bool
    reason: str
    physical_id: str
    data: Mapping[str, str] = field(default_factory=dict)


def respond(
    event: Mapping[str, Any], answer: Answer, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Puts the answer at the event's presigned URL, trying four times at most.

    Without an answer the stack waits until the resource's time-out.
    """
    body = json.dumps(
        {
            "Status": "SUCCESS" if answer.ok else "FAILED",
            "Reason": answer.reason[:_LONGEST_REASON],
            "PhysicalResourceId": answer.physical_id,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "Data": dict(answer.data),
        }
    ).encode()
    # The URL was signed without a content type; urllib would send one of its own.
    request = urllib.request.Request(  # noqa: S310 - the URL is CloudFormation's
        event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""}
    )
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - as above
                return
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == _ATTEMPTS:
                raise
        except OSError:
            if attempt == _ATTEMPTS:
                raise
        sleep(2**attempt / 4)
