"""A metric of the service's own: a pair of CloudWatch metrics that count all, and a part of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

VERSION_DIMENSION = "FunctionVersion"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMetric:
    """What `function` counts of its own doing: `total`, and of those the `part` that `failed` or
    `succeeded`. Both are in `namespace` and have exactly `dimensions` and `version_dimension`, in
    which the version stands that counted.
    """

    name: str
    function: str
    namespace: str
    total: str
    part: str
    counts: Literal["failed", "succeeded"]
    dimensions: Mapping[str, str] = field(default_factory=dict)
    version_dimension: str = VERSION_DIMENSION
