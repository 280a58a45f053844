"""What a hook answers: the contract of Amazon ECS's lifecycle hooks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from handlers.domain.hooks.due import DEFAULT_DELAY
from handlers.domain.hooks.hook import LONGEST_SECONDS

Status = Literal["SUCCEEDED", "FAILED", "IN_PROGRESS"]
LONGEST_DETAILS = 32 * 1024
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """A valid answer; `delay` in seconds and `details` count while it is in progress."""

    status: Status
    delay: float = DEFAULT_DELAY
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def read_answer(payload: object) -> HookAnswer | str:
    """The answer, or in the second half of a sentence why it is none."""
    if not isinstance(payload, Mapping) or payload.get("hookStatus") not in get_args(Status):
        wanted = " or ".join(get_args(Status))
        return f"answered {_shown(payload)}, which has no hookStatus of {wanted}"
    delay = payload.get("callBackDelay", DEFAULT_DELAY)
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not math.isfinite(delay):
        return f"answered a callBackDelay of {_shown(delay)}, which is no number of seconds"
    if not 0 <= delay <= LONGEST_SECONDS:
        return f"answered a callBackDelay of {delay:g}, which is not from 0 to {LONGEST_SECONDS}"
    details = payload.get("hookDetails") or {}
    if not isinstance(details, Mapping):
        return f"answered hookDetails of {_shown(details)}, which is no object"
    if (size := len(json.dumps(details).encode())) > LONGEST_DETAILS:
        return f"answered hookDetails of {size:,} bytes, more than {LONGEST_DETAILS:,}"
    reason = str(payload.get("reason") or "")[:_SHOWN]
    return HookAnswer(cast(Status, payload["hookStatus"]), delay, details, reason)


def _shown(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
