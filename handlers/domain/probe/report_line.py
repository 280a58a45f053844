"""What Lambda reports at the end of an invocation's log.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html as text, and
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report as JSON
"""

import json
import re

_TEXT = re.compile(r"\b(?:Init|Restore) Duration: ([0-9]+(?:\.[0-9]+)?) ms")
_JSON_KEYS = ("initDurationMs", "restoreDurationMs")


def init_milliseconds(tail: str) -> float | None:
    """How long the environment's init took, or with SnapStart its restore; None for a warm call,
    and where the function's log has no report.
    """
    for line in reversed(tail.splitlines()):
        if line.startswith("REPORT RequestId:"):
            found = _TEXT.search(line)
            return float(found[1]) if found else None
        if line.startswith("{") and '"platform.report"' in line:
            return _of_json(line)
    return None


def _of_json(line: str) -> float | None:
    try:
        metrics = json.loads(line)["record"]["metrics"]
        return next((float(metrics[key]) for key in _JSON_KEYS if key in metrics), None)
    except (ValueError, LookupError, TypeError):
        return None
