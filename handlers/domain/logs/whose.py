"""Whose log is heard: the service, its live version, and the deployment that runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Whose:
    """A function of `service` by its `key`. `live` is the version that is not on trial: blue while
    a release is deployed. `deployment` is that deployment, None where none runs.
    """

    service: str
    key: str
    live: str | None
    deployment: str | None


def whose(
    arn: str, service: str, record: Mapping[str, Any] | None, live: Mapping[str, Any] | None
) -> Whose | None:
    """Of the function's ARN, its owner, the record of the deployment that runs and the release of
    record; None where neither knows the function.
    """
    name = arn.rpartition(":")[2]
    if record is not None and record.get("action") == "deploy":
        for key, each in record["functions"].items():
            if each["name"] == name:
                return Whose(service, key, each["blue"], record["deployment"])
    if live is not None:
        for key, each in live["functions"].items():
            if each["name"] == name:
                return Whose(service, key, live["versions"].get(key), None)
    return None
