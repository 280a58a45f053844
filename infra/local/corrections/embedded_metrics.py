"""Metrics that a function prints: the embedded metric format.

AWS: a log line that holds a JSON object with `_aws` becomes data points, with the line's own
timestamp, once for each listed set of dimensions.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
Stock MiniStack: such a line is only text.
Patch: the lines of each invocation's log are read where its result passes.
"""

import json
from importlib import import_module
from typing import Any

from infra.local.corrections.metric_store import record
from infra.local.patching import when_imported


def apply() -> None:
    """Patches the dispatch of invocations."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    dispatch = service._execute_function_dispatch

    def dispatch_and_read(
        func: Any, config: Any, event: Any, request_id: str, started: float
    ) -> Any:
        result = dispatch(func, config, event, request_id, started)
        if isinstance(result, dict) and '"_aws"' in (result.get("log") or ""):
            for line in result["log"].splitlines():
                _read(line)
        return result

    service._execute_function_dispatch = dispatch_and_read


def _read(line: str) -> None:
    cloudwatch = import_module("ministack.services.cloudwatch")

    try:
        document = json.loads(line)
        directives = document["_aws"]["CloudWatchMetrics"]
        at = document["_aws"]["Timestamp"] / 1000
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(document[name]) for name in names if name in document}
            for metric in directive.get("Metrics", []):
                values = document.get(metric["Name"], [])
                for value in values if isinstance(values, list) else [values]:
                    record(
                        cloudwatch,
                        directive["Namespace"],
                        metric["Name"],
                        float(value),
                        unit=metric.get("Unit", "None"),
                        dimensions=dimensions,
                        at=at,
                    )
