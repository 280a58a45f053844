"""release.toml: what it says when it is right, and every finding at once when it is not."""

from collections.abc import Callable

import pytest

from handlers.domain.findings import Finding
from handlers.domain.reading.finding_codes import input_codes
from handlers.domain.release.release import (
    Check,
    Expectation,
    FunctionSource,
    HttpRequest,
    Overlay,
    inspect_release,
    read_release,
)
from handlers.domain.shift.shift_plan import ALL_AT_ONCE, DEFAULT_SHIFT_PLAN, parse_shift_plan

SMALL = 'format = 1\nservice = "orders"\nrelease = "1.0.0"\n[functions.api]\nversion = 7\n'


def _findings(text: str) -> list[Finding]:
    release, findings = read_release(text)
    assert (release is None) == bool(findings)
    return findings


def test_the_example_is_read_whole(orders_toml: str) -> None:
    release, findings = read_release(orders_toml)
    assert findings == []
    assert release is not None
    assert (release.service, release.release) == ("orders", "1.1.0")
    assert release.functions == {
        "api": FunctionSource(
            code="functions/api.zip",
            configuration=Overlay(environment={"FEATURE_CHANNEL": "on"}),
        ),
        "worker": FunctionSource(code="functions/worker.zip"),
    }
    assert release.checks == (
        Check(
            name="an order can be placed",
            function="api",
            http=HttpRequest(method="POST", path="/orders", json={"sku": "probe", "quantity": 1}),
            expect=Expectation(status=201, json={"state": "pending"}, max_ms=800),
        ),
        Check(
            name="the worker accepts an event",
            function="worker",
            event="checks/sqs.json",
            expect=Expectation(json={"batchItemFailures": []}),
        ),
    )
    assert release.shift_plan == parse_shift_plan("steps(10@5, 50@5, 100@10)")
    assert release.shift_plan_given
    assert release.min_minutes == 1
    assert release.bake.stratum_seconds == 60
    assert release.where("functions", "api", "configuration") == (
        "release.toml:7 functions.api.configuration"
    )


def test_a_small_release_has_the_defaults_of_the_registration() -> None:
    release, findings = read_release(
        SMALL + "[bake]\nalpha = 0.02", bake_defaults={"alpha": 0.03, "inconclusive": "rollBack"}
    )
    assert findings == []
    assert release is not None
    assert release.functions["api"] == FunctionSource(version=7)
    assert (release.bake.alpha, release.bake.inconclusive) == (0.02, "rollBack")
    assert (release.shift_plan, release.shift_plan_given) == (DEFAULT_SHIFT_PLAN, False)
    assert release.min_minutes is None


def test_a_plan_may_be_a_word() -> None:
    release, _ = read_release(SMALL + '[shift]\nplan = "all-at-once"')
    assert release is not None
    assert release.shift_plan == ALL_AT_ONCE


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [
        ("format  = 1\n", "\n", "MissingKey", "release.toml:1 format"),
        ("format  = 1", "format  = 2", "UnsupportedFormat", "release.toml:1 format"),
        ("format  = 1", "format  = true", "WrongType", "release.toml:1 format"),
        ('service = "orders"', "", "MissingKey", "release.toml:1 service"),
        ('service = "orders"', 'service = "Orders"', "BadValue", "release.toml:2 service"),
        ('service = "orders"', "service = 7", "WrongType", "release.toml:2 service"),
        ('"1.1.0"', '"1.1"', "BadVersion", "release.toml:3 release"),
        ('"1.1.0"', '"1.1.0"\nowner = "me"', "UnknownKey", "release.toml:4 owner"),
        ("[functions.worker]", "[functions.'wor ker']", "BadValue", "functions.'wor ker'"),
        ('code = "functions/worker.zip"', "", "Conflict", "release.toml:9 functions.worker"),
        (
            'code = "functions/worker.zip"',
            'code = "functions/worker.zip"\nversion = 3',
            "Conflict",
            "release.toml:9 functions.worker",
        ),
        (
            '"functions/worker.zip"',
            '"worker.zip"',
            "BadValue",
            "release.toml:10 functions.worker.code",
        ),
        ('"functions/worker.zip"', '"functions/../a.zip"', "BadValue", "functions.worker.code"),
        (
            'code = "functions/worker.zip"',
            'image = "orders:latest"',
            "ImageWithoutDigest",
            "release.toml:10 functions.worker.image",
        ),
        (
            'code = "functions/worker.zip"',
            'image = "orders@sha256:abc"',
            "BadValue",
            "release.toml:10 functions.worker.image",
        ),
        ('code = "functions/worker.zip"', "version = 0", "OutOfRange", "functions.worker.version"),
        (
            'code = "functions/worker.zip"',
            "version = true",
            "WrongType",
            "functions.worker.version",
        ),
        ('code = "functions/worker.zip"', "version = 1.5", "WrongType", "functions.worker.version"),
        (
            'code = "functions/worker.zip"',
            "version = 0x" + "f" * 9999,
            "OutOfRange",
            "functions.worker.version",
        ),
        (
            '"functions/worker.zip"',
            '"functions/worker.zip"\nconfiguration.role = "arn"',
            "UnknownKey",
            "release.toml:11 functions.worker.configuration.role",
        ),
        (
            '"functions/worker.zip"',
            '"functions/worker.zip"\nconfiguration.memoryMb = 127',
            "OutOfRange",
            "release.toml:11 functions.worker.configuration.memoryMb",
        ),
        (
            '"functions/worker.zip"',
            '"functions/worker.zip"\nconfiguration.timeoutSeconds = 901',
            "OutOfRange",
            "functions.worker.configuration.timeoutSeconds",
        ),
        (
            '{ FEATURE_CHANNEL = "on" }',
            "{ FEATURE_CHANNEL = 1 }",
            "WrongType",
            "release.toml:8 functions.api.configuration.environment.FEATURE_CHANNEL",
        ),
        ('{ FEATURE_CHANNEL = "on" }', '{ A = "" }', "BadValue", "configuration.environment.A"),
        ('{ FEATURE_CHANNEL = "on" }', '{ A-B = "" }', "BadValue", "configuration.environment.A-B"),
        (
            '{ FEATURE_CHANNEL = "on" }',
            '{ AWS_REGION = "" }',
            "ReservedEnvironmentKey",
            "configuration.environment.AWS_REGION",
        ),
        (
            '{ FEATURE_CHANNEL = "on" }',
            '{ _HANDLER = "" }',
            "ReservedEnvironmentKey",
            "configuration.environment._HANDLER",
        ),
        ('"on"', '"' + "x" * 4096 + '"', "EnvironmentTooLarge", "configuration.environment"),
        (
            '"functions/worker.zip"',
            '"functions/worker.zip"\nconfiguration.layers = ["base"]',
            "BadValue",
            "release.toml:11 functions.worker.configuration.layers[0]",
        ),
        (
            '"functions/worker.zip"',
            '"functions/worker.zip"\nconfiguration.layers = "base"',
            "WrongType",
            "functions.worker.configuration.layers",
        ),
        (
            '"an order can be placed"',
            '"the worker accepts an event"',
            "Duplicate",
            "checks[1].name",
        ),
        ('"an order can be placed"', '""', "BadValue", "release.toml:13 checks[0].name"),
        ('event    = "checks/sqs.json"', "", "Conflict", "release.toml:17 checks[1]"),
        ('"checks/sqs.json"', '"../sqs.json"', "BadValue", "release.toml:20 checks[1].event"),
        ('"checks/sqs.json"', '"migrations/sqs.json"', "BadValue", "checks[1].event"),
        ('"POST"', '"post"', "BadValue", "release.toml:15 checks[0].http.method"),
        ('method = "POST", ', "", "MissingKey", "release.toml:15 checks[0].http.method"),
        ('"/orders"', '"orders"', "BadValue", "checks[0].http.path"),
        ('"/orders"', '"/orders?a=1"', "BadValue", "checks[0].http.path"),
        ('"/orders", json', '"/orders", body = "", json', "Conflict", "checks[0].http.body"),
        ("quantity = 1", "quantity = nan", "WrongType", "checks[0].http.json.quantity"),
        ("quantity = 1", "quantity = 2026-01-01", "WrongType", "checks[0].http.json.quantity"),
        ("status = 201, ", "", "MissingKey", "release.toml:16 checks[0].expect.status"),
        ("status = 201", "status = 99", "OutOfRange", "checks[0].expect.status"),
        ("maxMs = 800", "maxMs = 0", "OutOfRange", "checks[0].expect.maxMs"),
        ("maxMs = 800", "max = 800", "UnknownKey", "release.toml:16 checks[0].expect.max"),
        (
            "{ json = { batch",
            "{ status = 200, json = { batch",
            "Conflict",
            "checks[1].expect.status",
        ),
        (
            '"steps(10@5, 50@5, 100@10)"',
            '"steps(10@5, 50@5)"',
            "BadShiftPlan",
            "release.toml:24 shift.plan",
        ),
        (
            "minMinutes = 1",
            "minMinutes = 6",
            "MinMinutesTooLong",
            "release.toml:25 shift.minMinutes",
        ),
        ("minMinutes = 1", "minMinutes = -1", "OutOfRange", "release.toml:25 shift.minMinutes"),
        ("minMinutes = 1", "minMinutes = nan", "OutOfRange", "release.toml:25 shift.minMinutes"),
        ("alpha = 0.01", "alpha = 0", "OutOfRange", "release.toml:28 bake.alpha"),
        ("alpha = 0.01", "alpha = inf", "OutOfRange", "release.toml:28 bake.alpha"),
        ("beta = 0.05", "beta = true", "WrongType", "release.toml:29 bake.beta"),
        ("pTol = 0.01", "pTol = 1", "OutOfRange", "release.toml:30 bake.pTol"),
        ("rhoMax = 3", "rhoMax = 1", "OutOfRange", "release.toml:31 bake.rhoMax"),
        ("stratumSeconds = 60", "stratumSeconds = 45", "OutOfRange", "bake.stratumSeconds"),
        ("settleSeconds = 90", "settleSeconds = -1", "OutOfRange", "bake.settleSeconds"),
        ('"extend"', '"ask"\naskMinutes = 0', "OutOfRange", "release.toml:35 bake.askMinutes"),
        ('"extend"', '"rollback"', "BadValue", "release.toml:34 bake.inconclusive"),
        ("[bake]", "[approvals]\n[bake]", "NotSupportedYet", "release.toml:27 approvals"),
    ],
)
def test_one_fault_is_one_finding_with_its_key_and_line(
    orders_toml: str, old: str, new: str, code: str, where: str
) -> None:
    assert orders_toml.count(old) >= 1
    (finding,) = _findings(orders_toml.replace(old, new, 1))
    assert finding.code == code
    assert finding.where.endswith(where)
    assert finding.where.startswith("release.toml:")
    assert "\n" not in str(finding)
    assert code in input_codes()


def test_every_fault_is_told_at_once(orders_toml: str) -> None:
    text = orders_toml.replace("alpha", "alfa").replace('"POST"', '"GRAB"')
    text = text.replace("minMinutes = 1", "minMinutes = false").replace('"1.1.0"', '"new"')
    assert [finding.where.split()[-1] for finding in _findings(text)] == [
        "release",
        "checks[0].http.method",
        "shift.minMinutes",
        "bake.alfa",
    ]


def test_a_release_with_more_faults_than_fit_says_how_many_more() -> None:
    findings = _findings(SMALL + "".join(f"[functions.api.x{n}]\n" for n in range(500)))
    assert len(findings) == 41
    assert (findings[-1].code, findings[-1].what) == ("MoreFindings", "there are 460 more")


def test_an_unknown_key_names_its_neighbour_or_the_choice(orders_toml: str) -> None:
    (finding,) = _findings(orders_toml.replace("stratumSeconds", "stratumSecond"))
    assert finding.do == "did you mean stratumSeconds?"
    (finding,) = _findings(orders_toml.replace("minMinutes", "x"))
    assert finding.do == "leave it out, or write one of minMinutes, plan"


@pytest.mark.parametrize(
    ("functions", "codes"),
    [
        ("functions = {}", ["NoFunctions"]),
        ("functions = []", ["WrongType"]),
        ("", ["MissingKey"]),
        ("functions.api = 1", ["WrongType"]),
        ("\n".join(f"functions.f{n}.version = 1" for n in range(61)), ["OutOfRange"]),
    ],
)
def test_a_release_needs_between_one_and_sixty_functions(functions: str, codes: list[str]) -> None:
    head = 'format = 1\nservice = "orders"\nrelease = "1.0.0"\n'
    assert [finding.code for finding in _findings(head + functions)] == codes


def _layer(name: str, version: int) -> str:
    return f'"arn:aws:lambda:eu-west-1:123456789012:layer:{name}:{version}"'


@pytest.mark.parametrize(
    ("source", "configuration", "codes"),
    [
        ("version = 7", "memoryMb = 256", ["Conflict"]),
        (f'image = "x@sha256:{"0" * 64}"', "memoryMb = 256", []),
        (f'image = "x@sha256:{"0" * 64}"', f"layers = [{_layer('a', 1)}]", ["Conflict"]),
        ('code = "functions/a.zip"', "layers = []", []),
        ('code = "functions/a.zip"', f"layers = [{_layer('a', 1)}, {_layer('b', 1)}]", []),
        (
            'code = "functions/a.zip"',
            f"layers = [{_layer('a', 1)}, {_layer('a', 1)}]",
            ["Duplicate"],
        ),
        (
            'code = "functions/a.zip"',
            f"layers = [{_layer('a', 1)}, {_layer('a', 2)}]",
            ["Duplicate"],
        ),
        (
            'code = "functions/a.zip"',
            f"layers = [{', '.join(_layer(f'l{n}', 1) for n in range(6))}]",
            ["OutOfRange"],
        ),
        ('code = "functions/a.zip"', 'environment = { AWS_LAMBDA_EXEC_WRAPPER = "/opt/wrap" }', []),
    ],
)
def test_configuration_fits_the_source(source: str, configuration: str, codes: list[str]) -> None:
    head = 'format = 1\nservice = "orders"\nrelease = "1.0.0"\n'
    text = f"{head}[functions.api]\n{source}\n[functions.api.configuration]\n{configuration}"
    assert [finding.code for finding in _findings(text)] == codes


def test_layers_left_out_differ_from_no_layers() -> None:
    head = 'format = 1\nservice = "orders"\nrelease = "1.0.0"\n[functions.api]\n'
    head += 'code = "functions/a.zip"\n'
    without, _ = read_release(head)
    emptied, _ = read_release(head + "configuration.layers = []")
    assert without is not None
    assert emptied is not None
    assert without.functions["api"].configuration.layers is None
    assert emptied.functions["api"].configuration.layers == ()


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("format = 1\nservice 'orders'", "release.toml:2", "(column 9)"),
        ("format = 1\nformat = 1", "release.toml:2", "it is not TOML"),
        ('format = 1\nservice = "orders', "release.toml:2", "it is not TOML"),
        ("a = 1\n\n[[", "release.toml:3", "it is not TOML"),
        ("a = " + "9" * 5000, "release.toml", "it is not TOML"),
        ("a = " + "[" * 5000, "release.toml", "nested too deeply"),
        ("PK\x03\x04", "release.toml:1", "it is not TOML"),
    ],
)
def test_what_is_not_toml_is_one_finding_with_its_line(text: str, where: str, what: str) -> None:
    (finding,) = _findings(text)
    assert finding.code == "NotToml"
    assert finding.where.startswith(where)
    assert what in finding.what


def test_another_format_hides_what_else_would_be_said() -> None:
    (finding,) = _findings("format = 2\nanything = 1\nrelease = 7")
    assert finding.code == "UnsupportedFormat"


def test_inspection_keeps_what_could_be_read(
    orders_toml: str, codes: Callable[[list[Finding]], list[str]]
) -> None:
    release, findings = inspect_release(orders_toml.replace("alpha = 0.01", "alpha = 2"))
    assert codes(findings) == ["OutOfRange"]
    assert release is not None
    assert list(release.functions) == ["api", "worker"]
