"""The release: what `release.toml` says of one version of a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.domain.findings import Finding
from handlers.domain.reading.forms import SERVICE, TEXT
from handlers.domain.reading.inspection import Inspection, at_most
from handlers.domain.reading.parsing import load_toml
from handlers.domain.reading.places import Places, show
from handlers.domain.reading.section import Section
from handlers.domain.release.bake_section import BAKE_KEYS, bake_of, read_bake
from handlers.domain.release.checks import Check, Expectation, HttpRequest, read_checks
from handlers.domain.release.compare_section import Comparing, read_compare
from handlers.domain.release.function_sources import FunctionSource, Overlay, read_functions
from handlers.domain.release.versions import parse_version
from handlers.domain.shift.shift_plan import (
    DEFAULT_SHIFT_PLAN,
    LONGEST_STEP_MINUTES,
    ShiftPlan,
    parse_shift_plan,
)
from handlers.domain.verdict.bake_settings import BakeSettings

__all__ = [
    "Check", "Expectation", "FunctionSource", "HttpRequest", "Overlay", "Release", "read_release",
]  # fmt: skip
RELEASE_TOML = "release.toml"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a service. `shift_plan_given` says whether `[shift]` names a plan, and
    `where("functions", "api")` the line of a key.
    """

    service: str
    release: str
    functions: Mapping[str, FunctionSource]
    checks: tuple[Check, ...] = ()
    compare: tuple[Comparing, ...] = ()
    shift_plan: ShiftPlan = DEFAULT_SHIFT_PLAN
    shift_plan_given: bool = False
    min_minutes: float | None = None
    bake: BakeSettings = field(default_factory=BakeSettings)
    where: Places = field(default=Places(RELEASE_TOML), compare=False, repr=False)


def read_release(
    text: str, *, bake_defaults: Mapping[str, object] | None = None
) -> tuple[Release | None, list[Finding]]:
    """The release that the text of a `release.toml` declares, or all findings with key and line.

    `bake_defaults` is the registration's `bake`, already checked.
    """
    release, findings = inspect_release(text, bake_defaults=bake_defaults)
    return (None if findings else release), at_most(findings)


def inspect_release(
    text: str, *, bake_defaults: Mapping[str, object] | None = None
) -> tuple[Release | None, list[Finding]]:
    """As `read_release`, but with what could be read of a release that has findings, so that
    more can be found out about it. Such a release must not be deployed.
    """
    values, places, findings = load_toml(text, RELEASE_TOML)
    if values is None:
        return None, findings
    inspection = Inspection(places)
    release = _read(inspection, values, _defaults(bake_defaults or {}))
    return release, inspection.findings


def read_format(document: Section) -> bool:
    """Whether the document's `format` is ours; of another one nothing else can be said."""
    newer = document.values.get("format")
    if isinstance(newer, int) and not isinstance(newer, bool) and newer != FORMAT:
        what = f"format {show(newer)} is not known to this version of Greenshift"
        document.report("UnsupportedFormat", "format", what, f"write format {FORMAT}, or update")
        return False
    document.whole("format", FORMAT, FORMAT, required=True)
    return True


def _read(
    inspection: Inspection, values: Mapping[str, object], defaults: BakeSettings
) -> Release | None:
    keys = ("format", "service", "release", "functions", "checks", "compare", "shift", "bake")
    document = Section(inspection, (), values, keys=keys, later=("approvals", "approval"))
    if not read_format(document):
        inspection.findings = [f for f in inspection.findings if f.code == "UnsupportedFormat"]
        return None
    service = document.text("service", SERVICE, required=True)
    version = _read_version(document)
    functions = read_functions(document)
    checks = read_checks(document)
    _judge_warm(document, functions, checks)
    plan, min_minutes = _read_shift(document)
    bake = document.section("bake", BAKE_KEYS)
    return Release(
        service=service or "",
        release=version or "",
        functions=functions,
        checks=checks,
        compare=read_compare(document),
        shift_plan=plan or DEFAULT_SHIFT_PLAN,
        shift_plan_given=plan is not None,
        min_minutes=min_minutes,
        bake=bake_of(bake, defaults) if bake else defaults,
        where=inspection.places,
    )


def _judge_warm(
    document: Section, functions: Mapping[str, FunctionSource], checks: Sequence[Check]
) -> None:
    called = {check.function for check in checks if check.harmless}
    for key, source in functions.items():
        if source.warm and key not in called:
            what = f"no check calls {key} with what could be sent {source.warm} times at once"
            do = "add a check of it with a GET or a message, and without variables"
            document.inspection.report("WarmWithoutCheck", ("functions", key, "warm"), what, do)


def _defaults(values: Mapping[str, object]) -> BakeSettings:
    known = {key: value for key, value in values.items() if key in BAKE_KEYS}
    return read_bake(known, places=Places("registration"))[0]


def _read_version(document: Section) -> str | None:
    version = document.text("release", TEXT, required=True)
    if version is not None:
        try:
            parse_version(version)
        except ValueError as error:
            document.report("BadVersion", "release", str(error), "write one such as 1.4.2")
    return version


def _read_shift(document: Section) -> tuple[ShiftPlan | None, float | None]:
    section = document.section("shift", ("plan", "minMinutes"))
    if section is None:
        return None, None
    plan = _read_plan(section)
    min_minutes = section.number("minMinutes", least=0, most=LONGEST_STEP_MINUTES)
    shortest = (plan or DEFAULT_SHIFT_PLAN).shortest_minutes
    if min_minutes is not None and min_minutes > shortest:
        what = f"minMinutes is {min_minutes:g}, but the plan has a step of {shortest:g} min"
        do = f"write at most {shortest:g}, or lengthen that step"
        section.report("MinMinutesTooLong", "minMinutes", what, do)
    return plan, min_minutes


def _read_plan(section: Section) -> ShiftPlan | None:
    text = section.text("plan", TEXT)
    try:
        return None if text is None else parse_shift_plan(text)
    except ValueError as error:
        do = 'write one such as "steps(10@5, 50@5, 100@10)"'
        section.report("BadShiftPlan", "plan", str(error), do)
        return None
