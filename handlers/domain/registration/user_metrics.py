"""The metrics of the service's own that a registration names."""

from collections.abc import Collection, Iterator, Mapping

from handlers.domain.reading.forms import (
    DIMENSION,
    DIMENSION_VALUE,
    FUNCTION_KEY,
    METRIC,
    METRIC_KEY,
    NAMESPACE,
)
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Section
from handlers.domain.verdict.user_metric import VERSION_DIMENSION, UserMetric

MOST_METRICS = 10
MOST_DIMENSIONS = 29
"""CloudWatch has 30 on a metric, and one is the version."""
KEYS = (
    "name", "function", "namespace", "total", "failed", "succeeded", "dimensions",
    "versionDimension",
)  # fmt: skip


def read_user_metrics(document: Section, functions: Collection[str]) -> tuple[UserMetric, ...]:
    """The `metrics` of a registration of these functions; what is wrong goes to the inspection."""
    found: dict[str, UserMetric] = {}
    for section in _sections(document):
        metric = _read(section)
        if metric.function and functions and metric.function not in functions:
            what = f"{metric.function} is not a function of the service"
            section.report(
                "FunctionNotRegistered", "function", what, f"name {' or '.join(functions)}"
            )
        if metric.name and (metric.name in found or metric.name in functions):
            other = "a function" if metric.name in functions else "another metric"
            what = f"{other} is also named {metric.name}"
            section.report("Duplicate", "name", what, "give each metric a name of its own")
        found.setdefault(metric.name, metric)
    return tuple(found.values())


def _sections(document: Section) -> Iterator[Section]:
    for path, item in document.items("metrics", "tables", most=MOST_METRICS):
        if isinstance(item, Mapping):
            yield Section(document.inspection, path, item, keys=KEYS)
        else:
            what = f"a metric is {show(item)}"
            do = "write it as a table with name, function, namespace, total and failed"
            document.inspection.report("WrongType", path, what, do)


def _read(section: Section) -> UserMetric:
    section.one_of(("failed", "succeeded"), "the metric")
    total = section.text("total", METRIC, required=True) or ""
    failed, succeeded = section.text("failed", METRIC), section.text("succeeded", METRIC)
    part = failed or succeeded or ""
    if part and part == total:
        what = f"{show(part)} is what total counts"
        do = "name the metric that counts a part of it"
        section.report("Conflict", "failed" if failed else "succeeded", what, do)
    version = section.text("versionDimension", DIMENSION) or VERSION_DIMENSION
    return UserMetric(
        name=section.text("name", METRIC_KEY, required=True) or "",
        function=section.text("function", FUNCTION_KEY, required=True) or "",
        namespace=section.text("namespace", NAMESPACE, required=True) or "",
        total=total,
        part=part,
        counts="failed" if failed else "succeeded",
        dimensions=_dimensions(section, version),
        version_dimension=version,
    )


def _dimensions(section: Section, version: str) -> dict[str, str]:
    found = section.text_map("dimensions", DIMENSION)
    if len(found) > MOST_DIMENSIONS:
        what = f"dimensions has {len(found)} items"
        section.report("OutOfRange", "dimensions", what, f"write at most {MOST_DIMENSIONS}")
    for name, value in found.items():
        if not DIMENSION_VALUE.fits(value):
            path = (*section.path, "dimensions", name)
            what = f"it is {show(value)}"
            section.inspection.report("BadValue", path, what, f"write {DIMENSION_VALUE.says}")
    if version in found:
        what = f"{version} is the dimension that the version stands in"
        section.report("Conflict", "dimensions", what, "leave it out here")
    return found
