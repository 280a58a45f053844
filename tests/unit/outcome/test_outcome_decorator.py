"""The decorator that users copy: what it prints, and that it never comes between a handler and its
caller."""

import ast
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.outcome import greenshift_outcome
from infra.outcome.greenshift_outcome import is_failure, outcome

ANSWERED_500 = {"statusCode": 500, "body": "no"}
ANSWERED_200 = {"statusCode": 200, "body": "yes"}


@dataclass
class Context:
    function_name: str = "orders-api"
    function_version: str = "8"


@pytest.fixture(autouse=True)
def _no_service_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GREENSHIFT_SERVICE", raising=False)


def answering(*answers: Any) -> Callable[[Any, Any], Any]:
    remaining = iter(answers)

    @outcome(service="orders")
    def handler(event: Any, context: Any) -> Any:
        answer = next(remaining)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler


def metrics(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"] for line in lines]


@pytest.mark.parametrize(
    ("qualifier", "counted"), [(":preview", False), (":live", True), (":8", True), ("", True)]
)
def test_whoever_tries_a_version_at_the_preview_is_no_traffic(
    capsys: pytest.CaptureFixture[str], qualifier: str, counted: bool
) -> None:
    @dataclass
    class Called(Context):
        invoked_function_arn: str = f"arn:aws:lambda:eu-west-1:1:function:preview{qualifier}"

    answering(ANSWERED_500)({}, Called())
    assert ("AnsweredFailures" in metrics(capsys)) is counted


@pytest.mark.parametrize(
    ("custom", "counted"), [({"x-greenshift-synthetic": "up"}, False), ({}, True), (None, True)]
)
def test_a_synthetic_request_is_no_traffic(
    capsys: pytest.CaptureFixture[str], custom: Any, counted: bool
) -> None:
    @dataclass
    class Called(Context):
        client_context: Any = None

    answering(ANSWERED_500)({}, Called(client_context=SimpleNamespace(custom=custom)))
    assert ("AnsweredFailures" in metrics(capsys)) is counted


def test_a_failure_is_one_line_of_embedded_metrics_stamped_with_the_start(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([1_700_000_000.25, 1_700_000_009.0])
    monkeypatch.setattr(greenshift_outcome, "time", SimpleNamespace(time=lambda: next(now)))
    handler = answering(ANSWERED_200, ANSWERED_500)
    handler({}, Context())
    capsys.readouterr()

    handler({}, Context())

    assert json.loads(capsys.readouterr().out) == {
        "_aws": {
            "Timestamp": 1_700_000_009_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Greenshift/Outcome",
                    "Dimensions": [["Service", "FunctionName", "FunctionVersion"]],
                    "Metrics": [{"Name": "AnsweredFailures", "Unit": "Count"}],
                }
            ],
        },
        "Service": "orders",
        "FunctionName": "orders-api",
        "FunctionVersion": "8",
        "AnsweredFailures": 1,
    }


def test_an_environment_shows_its_marker_once_at_its_first_invocation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = answering(ANSWERED_200, ANSWERED_500, ANSWERED_200)
    found = []

    for _ in range(3):
        handler({}, Context())
        found.append(metrics(capsys))

    assert found == [["Instrumented"], ["AnsweredFailures"], []]


def test_a_first_invocation_that_fails_shows_marker_and_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answering(ANSWERED_500)({}, Context())

    assert metrics(capsys) == ["Instrumented", "AnsweredFailures"]


def test_a_handler_that_raises_is_left_to_lambdas_own_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = answering(ANSWERED_200, KeyError("sku"))
    handler({}, Context())
    capsys.readouterr()

    with pytest.raises(KeyError, match="sku"):
        handler({}, Context())

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        ({"statusCode": 500}, True),
        ({"statusCode": 503}, True),
        ({"statusCode": "502"}, True),
        ({"statusCode": 500.0}, True),
        ({"statusCode": 499}, False),
        ({"statusCode": 404}, False),
        ({"statusCode": True}, False),
        ({"statusCode": "oops"}, False),
        ({"statusCode": None}, False),
        ({"statusCode": [500]}, False),
        ({}, False),
        ({"batchItemFailures": [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]}, True),
        ({"batchItemFailures": []}, False),
        ({"batchItemFailures": None}, False),
        (None, False),
        ("500", False),
        (500, False),
        ([{"statusCode": 500}], False),
    ],
)
def test_a_failure_is_a_5xx_or_a_batch_with_failed_items(answer: Any, failed: bool) -> None:
    assert is_failure(answer) is failed


def test_a_batch_is_one_failure_however_many_items_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failures = {"batchItemFailures": [{"itemIdentifier": str(n)} for n in range(10)]}

    assert answering(failures)({}, Context()) is failures
    assert metrics(capsys) == ["Instrumented", "AnsweredFailures"]


@pytest.mark.parametrize("brackets", [True, False])
def test_the_service_may_come_from_the_environment(
    brackets: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENSHIFT_SERVICE", "billing")

    def handler(event: Any, context: Any) -> Any:
        """Answers."""
        return ANSWERED_200

    decorated = outcome()(handler) if brackets else outcome(handler)

    assert decorated({}, Context()) is ANSWERED_200
    assert json.loads(capsys.readouterr().out)["Service"] == "billing"
    assert (decorated.__name__, decorated.__doc__) == ("handler", "Answers.")


def test_without_a_service_it_says_so_once_and_counts_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @outcome
    def handler(event: Any, context: Any) -> Any:
        return ANSWERED_500

    handler({}, Context())
    handler({}, Context())

    assert capsys.readouterr().out.splitlines() == [
        "greenshift_outcome counts nothing: set GREENSHIFT_SERVICE, or outcome(service=...)"
    ]


class Hostile(dict[str, Any]):
    def get(self, *_: Any) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize("context", [None, object(), Context(function_name=b"bytes")])  # type: ignore[arg-type]
@pytest.mark.parametrize("answer", [ANSWERED_500, Hostile(), None])
def test_nothing_that_goes_wrong_here_reaches_the_handler_or_its_caller(
    context: Any, answer: Any
) -> None:
    assert answering(answer)({}, context) is answer


def test_a_closed_log_costs_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("closed")

    monkeypatch.setattr("builtins.print", refuse)

    assert answering(ANSWERED_500)({}, Context()) is ANSWERED_500


def test_the_file_is_alone_and_reads_on_python_3_9() -> None:
    tree = ast.parse(Path(greenshift_outcome.__file__).read_text(), feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
        )
    }

    assert imported <= sys.stdlib_module_names


def test_the_line_shown_for_other_languages_is_the_line_that_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(greenshift_outcome, "time", SimpleNamespace(time=lambda: 1_700_000_000.0))
    readme = Path(greenshift_outcome.__file__).with_name("README.md").read_text()
    shown = next(line for line in readme.splitlines() if line.startswith('{"_aws"'))

    answering(ANSWERED_500)({}, Context())

    assert json.loads(capsys.readouterr().out.splitlines()[1]) == json.loads(shown)
