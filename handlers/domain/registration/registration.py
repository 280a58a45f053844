"""The registration: what the owner of a service declared once, and no bundle can widen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from handlers.domain.findings import Finding
from handlers.domain.hooks.hook import Hook
from handlers.domain.hooks.registered_hooks import read_hooks
from handlers.domain.preview.preview import Preview
from handlers.domain.preview.registered_preview import read_preview
from handlers.domain.reading.forms import (
    ALIAS,
    ARN,
    ENVIRONMENT_KEY,
    FUNCTION_KEY,
    LAMBDA_NAME,
    SERVICE,
    URL,
)
from handlers.domain.reading.inspection import Inspection, at_most
from handlers.domain.reading.parsing import load_json
from handlers.domain.reading.places import Places, show
from handlers.domain.reading.section import Section
from handlers.domain.registration.calls import judge_calls, read_calls
from handlers.domain.registration.database import Database, DynamoTables, read_database
from handlers.domain.registration.user_metrics import read_user_metrics
from handlers.domain.release.bake_section import BAKE_KEYS, bake_of, stratum
from handlers.domain.release.function_sources import MOST_FUNCTIONS
from handlers.domain.release.release import read_format
from handlers.domain.synthetic.requests import MOST_A_MINUTE
from handlers.domain.verdict.bake_settings import BakeSettings
from handlers.domain.verdict.user_metric import UserMetric

__all__ = [
    "Database", "DynamoTables", "Kind", "RegisteredFunction", "Registration", "read_registration",
]  # fmt: skip
Kind = Literal["entry", "consumer", "internal"]
Together = Literal["weighted", "atomic"]
Concurrency = Literal["queue", "supersede", "reject"]
KEYS = (
    "format", "service", "alias", "functions", "api", "database", "together", "bake",
    "rollbackWindowHours", "keepVersions", "environmentKeys", "alarms", "metrics", "hooks",
    "concurrency", "preview", "syntheticPerMinute",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegisteredFunction:
    """A function of the service: Lambda's `name` for it, how it is called, and which peers it calls
    by their version, each by the environment variable that names it.
    """

    name: str
    kind: Kind
    calls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What may be released of a service, and how. `bake` holds defaults for `[bake]`. Up to
    `synthetic_per_minute` requests a minute Greenshift may make itself of each version.
    """

    service: str
    functions: Mapping[str, RegisteredFunction]
    alias: str = "live"
    api_url: str | None = None
    database: Database | DynamoTables | None = None
    together: Together = "weighted"
    bake: Mapping[str, object] = field(default_factory=dict)
    rollback_window_hours: float = 24
    keep_versions: int = 10
    environment_keys: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    metrics: tuple[UserMetric, ...] = ()
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    concurrency: Concurrency = "queue"
    min_stratum_seconds: int = 60
    preview: Preview | None = None
    synthetic_per_minute: int = 0


def read_registration(text: str, service: str) -> tuple[Registration | None, list[Finding]]:
    """The registration of `service` that the JSON text declares, or all findings at once."""
    name = f"/greenshift/services/{service}"
    values, findings = load_json(text, name)
    if findings:
        return None, findings
    if not isinstance(values, Mapping):
        what = f"the registration is {show(values)}"
        return None, [Finding("WrongType", name, what, "deploy the service's stack again")]
    inspection = Inspection(Places(name))
    registration = _read(inspection, values, service)
    return (None if inspection.findings else registration), at_most(inspection.findings)


def _read(
    inspection: Inspection, values: Mapping[str, object], service: str
) -> Registration | None:
    document = Section(inspection, (), values, keys=KEYS, later=("approvals", "freezes"))
    if not read_format(document):
        inspection.findings = [f for f in inspection.findings if f.code == "UnsupportedFormat"]
        return None
    named = document.text("service", SERVICE, required=True)
    if named is not None and named != service:
        what = f"the registration is of the service {named}, not of {service}"
        document.report("ServiceDisagrees", "service", what, "deploy the service's stack again")
    api = None if values.get("api") is None else document.section("api", ("url",))
    bake, min_stratum = _read_bake(document)
    functions = _read_functions(document)
    environment_keys = document.texts("environmentKeys", ENVIRONMENT_KEY, most=200) or ()
    judge_calls(inspection, functions, environment_keys)
    alias = document.text("alias", ALIAS) or "live"
    return Registration(
        service=service,
        functions=functions,
        alias=alias,
        api_url=api.text("url", URL, required=True) if api else None,
        database=None if values.get("database") is None else read_database(document),
        together=cast(Together, document.word("together", get_args(Together)) or "weighted"),
        bake=bake,
        min_stratum_seconds=min_stratum,
        rollback_window_hours=_or(document.number("rollbackWindowHours", above=0, most=8760), 24),
        keep_versions=document.whole("keepVersions", 2, 1000) or 10,
        environment_keys=environment_keys,
        alarms=document.texts("alarms", ARN, most=100) or (),
        metrics=read_user_metrics(document, functions),
        hooks=read_hooks(document),
        concurrency=cast(
            Concurrency, document.word("concurrency", get_args(Concurrency)) or "queue"
        ),
        synthetic_per_minute=document.whole("syntheticPerMinute", 0, MOST_A_MINUTE) or 0,
        preview=read_preview(document, {k: f.kind for k, f in functions.items()}, alias),
    )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _read_functions(document: Section) -> dict[str, RegisteredFunction]:
    table = document.table("functions", required=True)
    if table is None:
        return {}
    if not 1 <= len(table) <= MOST_FUNCTIONS:
        what = f"the service has {len(table)} functions"
        do = f"register between 1 and {MOST_FUNCTIONS}"
        document.report("OutOfRange" if table else "NoFunctions", "functions", what, do)
    functions = Section(document.inspection, ("functions",), table, keys=table)
    found: dict[str, RegisteredFunction] = {}
    names: dict[str, str] = {}
    for key in list(table)[:MOST_FUNCTIONS]:
        if not FUNCTION_KEY.fits(key):
            what = f"{show(key)} is not a function's key"
            functions.report("BadValue", key, what, f"name it as {FUNCTION_KEY.says}")
        section = functions.section(key, ("name", "kind", "calls"))
        if section is None:
            continue
        name = section.text("name", LAMBDA_NAME, required=True) or ""
        kind = section.word("kind", get_args(Kind), required=True)
        if name and name in names:
            what = f"{name} is registered as {names[name]} already"
            section.report("Duplicate", "name", what, "register each function once")
        names.setdefault(name, key)
        found[key] = RegisteredFunction(name, cast(Kind, kind), read_calls(section))
    return found


def _read_bake(document: Section) -> tuple[Mapping[str, object], int]:
    section = document.section("bake", (*BAKE_KEYS, "minStratumSeconds"))
    if section is None:
        return {}, 60
    bake_of(section, BakeSettings())
    defaults = {key: value for key, value in section.values.items() if key in BAKE_KEYS}
    return defaults, stratum(section, "minStratumSeconds") or 60
