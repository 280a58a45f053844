"""What no emulator answers here: what a version answers, and what CloudWatch counted of it."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

_SECOND = timedelta(seconds=1)


@dataclass
class Told:
    """Answers Invoke and GetMetricData.

    Versions in `failing` answer 500. `counts` are failures of a thousand requests, by version; they
    are told from green's share `counted_from` on, and `share` is what it was given last.
    """

    failing: frozenset[str] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)
    counted_from: float = 0.5
    share: float = 0.0

    def begin(
        self,
        failing: frozenset[str] = frozenset(),
        counts: Mapping[str, int] | None = None,
        counted_from: float = 0.5,
    ) -> None:
        """A run begins, of which this is told."""
        self.failing, self.counts = failing, counts or {}
        self.counted_from, self.share = counted_from, 0.0

    def answer(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """The answer, or None for a call that the emulator answers."""
        if operation == "Invoke":
            version = parameters["Qualifier"]
            status = 500 if version in self.failing else 200
            payload = json.dumps({"statusCode": status, "body": "{}"}).encode()
            return {"StatusCode": 200, "ExecutedVersion": version, "Payload": io.BytesIO(payload)}
        if operation == "GetMetricData":
            asked, start = parameters["MetricDataQueries"], parameters["StartTime"]
            return {"MetricDataResults": [self._counted(each, start) for each in asked]}
        return None

    def _counted(self, query: Mapping[str, Any], start: Any) -> dict[str, Any]:
        metric = query["MetricStat"]["Metric"]
        name = metric["MetricName"]
        version = {each["Name"]: each["Value"] for each in metric["Dimensions"]}.get(
            "ExecutedVersion"
        )
        if name not in ("Invocations", "Errors") or self.share < self.counted_from:
            version = None
        if version not in self.counts:
            return {"Id": query["Id"], "Timestamps": [], "Values": []}
        value = 1000 if name == "Invocations" else self.counts[version]
        stamps = [start + 3 * _SECOND, start + 4 * _SECOND]
        return {"Id": query["Id"], "Timestamps": stamps, "Values": [value, value]}
