"""Who uses a version that nothing names: who may call it by its number, who did, and what still
runs on it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.functions.pace import Pace
from handlers.adapters.metric_sums import Query, statistics
from handlers.domain.pruning.published import Published, Version

QUIET_DAYS = 14
_DAY = 24 * 3600
_ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"}


class Uses:
    """Reads Lambda's and CloudWatch's APIs; changes nothing."""

    def __init__(self, lambda_client: Any, cloudwatch: Any, pace: Pace) -> None:
        self._lambda, self._cloudwatch, self._pace = lambda_client, cloudwatch, pace

    def of(self, version: Published) -> str | None:
        """Why the version is in use, as Lambda has it; None when it is not."""
        if who := self._permitted(version.id):
            return f"its own policy lets {who} call it"
        if version.durable and (name := self._running(version.id)):
            return f"its durable execution {name} has not ended"
        return None

    def called(self, versions: Iterable[Version], alias: str, at: float) -> Mapping[Version, str]:
        """Those that were called in the last `QUIET_DAYS` days by their number, or by the alias
        while that had two versions: CloudWatch knows no other calls by the version.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """
        queries = {
            (version, number): Query("AWS/Lambda", "Invocations", dimensions)
            for version in versions
            for number, dimensions in enumerate(_dimensions(version, alias))
        }
        found = statistics(self._cloudwatch, queries, at - QUIET_DAYS * _DAY, at, _DAY)
        return {
            version: f"it was called in the last {QUIET_DAYS} days"
            for (version, _), values in found.items()
            if any(value != 0 for value in values.values())
        }

    def _permitted(self, version: Version) -> str | None:
        """Whom the version's own policy lets call it: a service cannot without."""
        self._pace.wait()
        try:
            answer = self._lambda.get_policy(
                FunctionName=version.function, Qualifier=version.number
            )
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
        for statement in json.loads(answer["Policy"]).get("Statement", []):
            principal = statement.get("Principal", "somebody")
            return str(
                next(iter(principal.values()), "somebody")
                if isinstance(principal, dict)
                else principal
            )
        return None

    def _running(self, version: Version) -> str | None:
        """A durable execution of the version that is in no state of those that end one.

        https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html
        """
        self._pace.wait()
        pages = self._lambda.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=version.function, Qualifier=version.number
        )
        for page in pages:
            for each in page.get("DurableExecutions", []):
                if each["Status"] not in _ENDED:
                    return str(each["DurableExecutionName"])
        return None


def _dimensions(version: Version, alias: str) -> list[dict[str, str]]:
    name = {"FunctionName": version.function}
    return [
        {**name, "Resource": str(version)},
        {
            **name,
            "Resource": f"{version.function}:{alias}",
            "ExecutedVersion": version.number,
        },
    ]
