"""What one line of a function's log says of a request, as Lambda and its runtimes write it.

Text: `START`, `REPORT`, `Task timed out`, `Runtime exited`, and what the runtimes of Python and
Node write of an error that nobody caught. JSON: `platform.start`, `platform.report`, whose status
holds for every runtime, and records with an `errorType`.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.domain.logs.fingerprint import Fingerprint, fingerprint

FILTER = " ".join(
    f'?"{each}"'
    for each in (
        "START RequestId",
        "platform.start",
        "REPORT RequestId",
        "platform.report",
        "Task timed out",
        "Runtime exited",
        "Traceback (most recent call last)",
        "errorType",
        "AnsweredFailures",
    )
)
"""The filter pattern that lets those lines through, and few others."""

_TIMED_OUT, _EXITED = "Sandbox.Timedout", "Runtime.ExitError"
_FAILED = ("error", "failure", "timeout")
_BAD_LEVELS = ("ERROR", "CRITICAL", "FATAL")
_TRACEBACK = "Traceback (most recent call last):"
_ID = r"(?P<id>[0-9a-f]{8}-[0-9a-f-]{27})"
_START = re.compile(rf"START RequestId: {_ID}\b")
_REPORT = re.compile(rf"REPORT RequestId: {_ID}\b")
_STATUS = re.compile(r"\tStatus: error(?:\tError Type: (\S{1,200}))?")
_TIME_OUT_LINE = re.compile(rf"\S+ {_ID} Task timed out after ")
_EXIT_LINE = re.compile(rf"RequestId: {_ID} Error: Runtime exited ")
_UNCAUGHT = re.compile(r"\[ERROR\] ([A-Za-z_][\w.]{0,199})(?::|$)")
_LOGGED = re.compile(rf"\[(?:ERROR|CRITICAL)\]\t\S+\t{_ID}\t")
_NODE = re.compile(
    rf"\S+\t(?:{_ID}|undefined)\tERROR\t(?:Invoke Error|Uncaught Exception|Unhandled)"
)
_RAISED = re.compile(r"(?m)^([A-Za-z_][\w.]{0,199})(?::|$)")


@dataclass(frozen=True, slots=True)
class Said:
    """`request` is its id, None where the line has none: then it is the one that is under way in
    the line's environment. `failed` is an error that ended it, `answered` one that the service
    counted itself. An `error` may also have been caught and logged.
    """

    request: str | None = None
    finished: bool = False
    failed: bool = False
    answered: bool = False
    error: Fingerprint | None = None
    started: bool = False


def read_line(text: str) -> Said | None:
    """What a line says, None where it is about nothing of the kind."""
    text = text.strip()
    if text.startswith("{"):
        return _read_record(_record(text))
    if start := _START.match(text):
        return Said(start["id"], started=True)
    if report := _REPORT.match(text):
        # A time-out has a line of its own, which every text log has.
        status = _STATUS.search(text)
        error = fingerprint(status[1]) if status and status[1] else None
        return Said(report["id"], finished=True, failed=status is not None, error=error)
    if line := _TIME_OUT_LINE.match(text):
        return Said(line["id"], failed=True, error=Fingerprint(_TIMED_OUT))
    if line := _EXIT_LINE.match(text):
        return Said(line["id"], failed=True, error=Fingerprint(_EXITED))
    if line := _NODE.match(text):
        found = _record(text[text.find("{") :]) if "{" in text else {}
        return Said(line["id"], failed=True, error=_error(found))
    return _read_python(text)


def _read_python(text: str) -> Said | None:
    # The runtime indents a trace with no-break spaces, and parts lines by \r in older versions.
    lines = text.replace("\xa0", " ").splitlines()
    if len(lines) < 2 or _TRACEBACK not in lines:
        return None
    trace = "\n".join(lines[lines.index(_TRACEBACK) + 1 :])
    if lines[1] == _TRACEBACK and (uncaught := _UNCAUGHT.match(lines[0])):
        return Said(failed=True, error=fingerprint(uncaught[1], trace))
    if logged := _LOGGED.match(text):
        kinds = _RAISED.findall(trace)
        return Said(logged["id"], error=fingerprint(kinds[-1], trace)) if kinds else None
    return None


def _record(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read_record(record: Mapping[str, Any]) -> Said | None:
    if record.get("type") == "platform.report" and isinstance(record.get("record"), dict):
        return _read_report(record["record"])
    if record.get("type") == "platform.start" and isinstance(record.get("record"), dict):
        return Said(_text(record["record"].get("requestId")), started=True)
    if "_aws" in record:
        return Said(answered=True) if record.get("AnsweredFailures") == 1 else None
    request = _text(record.get("requestId")) or _text(record.get("function_request_id"))
    if error := _error(record):
        # Python's runtime writes `log_level` of an error that nobody caught, a logger `level`.
        if "log_level" in record:
            return Said(request, failed=True, error=error)
        return Said(request, error=error) if record.get("level") in _BAD_LEVELS else None
    message = record.get("message")
    if isinstance(message, dict) and record.get("level") in _BAD_LEVELS:
        return Said(request, error=_error(message))
    return None


def _read_report(record: Mapping[str, Any]) -> Said:
    status, kind = record.get("status"), _text(record.get("errorType"))
    error = fingerprint(kind) if kind else None
    if status == "timeout":
        error = Fingerprint(_TIMED_OUT)
    failed = status in _FAILED
    return Said(_text(record.get("requestId")), finished=True, failed=failed, error=error)


def _error(record: Mapping[str, Any]) -> Fingerprint | None:
    """Of a record by Lambda's names, or by those of Powertools' logger."""
    if kind := _text(record.get("errorType")):
        stack = record.get("stackTrace") or record.get("stack") or ""
        return fingerprint(kind, stack if isinstance(stack, str | list) else "")
    kind, trace = _text(record.get("exception_name")), _text(record.get("exception"))
    return fingerprint(kind, trace or "") if kind else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
