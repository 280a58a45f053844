"""A function's log streams, their lines, and how much of them is kept.

AWS: one log stream for an execution environment, over many invocations. A trace that Python's
runtime writes is one line, together with its error.
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
Stock MiniStack: a stream for every invocation, kept for ever: 2 KB a request, 18 MB a minute at 150
requests a second. A trace is as many lines as it has.
Patch: one stream for a version and day, of which the newest 20,000 lines are kept.
"""

import hashlib
from typing import Any

from infra.local.patching import rewrite, when_imported

KEPT_LINES = 20_000
_TRACEBACK = "Traceback (most recent call last):"


def apply() -> None:
    """Patches the writer of Lambda's logs and the store of log lines."""
    when_imported("ministack.services.lambda_svc", _patch_writer)
    when_imported("ministack.services.cloudwatch_logs", _patch_store)


def _patch_writer(service: Any) -> None:
    service._greenshift_stream = lambda group, version: hashlib.md5(
        f"{group}:{version}".encode(), usedforsecurity=False
    ).hexdigest()
    service._greenshift_lines = _lines
    rewrite(
        service,
        "_emit_lambda_logs",
        ("new_uuid().replace('-', '')", "_greenshift_stream(group_name, qualifier)"),
        ("*(log_text.splitlines() if log_text else [])", "*_greenshift_lines(log_text)"),
    )


def _lines(text: str | None) -> list[str]:
    """The log's lines, a trace together with the error that it belongs to."""
    lines: list[str] = []
    for line in (text or "").splitlines():
        in_trace = lines and _TRACEBACK in lines[-1] and line.startswith(" ")
        if lines and (in_trace or (line == _TRACEBACK and lines[-1].startswith("[ERROR]"))):
            lines[-1] += f"\n{line}"
        else:
            lines.append(line)
    return lines


def _patch_store(logs: Any) -> None:
    append = logs._append_log_events

    def append_and_trim(stream: dict[str, Any], events: list[Any]) -> None:
        append(stream, events)
        with logs._log_events_lock:
            excess = len(stream["events"]) - KEPT_LINES
            # Trimmed in large steps: removing from a list's front moves all the rest.
            if excess > KEPT_LINES // 10:
                del stream["events"][:excess]

    logs._append_log_events = append_and_trim
