"""A hook that was written for CodeDeploy, and knows of nothing else, answers Greenshift."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.domain.hooks.hook_answer import HookAnswer, read_answer

# As CodeDeploy's documentation has it: the client is made when the module is imported.
OLD_HOOK = """
import os
import boto3
codedeploy = boto3.client("codedeploy", region_name="eu-west-1")
def handler(event, context):
    assert os.environ["NewVersion"].endswith(":8"), "the version to test"
    status = os.environ["TEST_STATUS"]
    if status:
        answer = codedeploy.put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )
        assert answer["lifecycleEventHookExecutionId"] == event["LifecycleEventHookExecutionId"]
"""
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
EVENT = {
    "phase": "beforeShift", "attempt": 1, "step": 0, "deployment": "orders-1.1.0-x",
    "functions": {
        "mail": {"changed": False, "blue": f"{ARN}-mail:3", "green": f"{ARN}-mail:3"},
        "api": {"changed": True, "blue": f"{ARN}-api:7", "green": f"{ARN}-api:8"},
    },
}  # fmt: skip


@pytest.fixture
def shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "old_codedeploy_hook.py").write_text(OLD_HOOK)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name, value in {
        "CODEDEPLOY_HANDLER": "old_codedeploy_hook.handler",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "NewVersion": "",
        "CurrentVersion": "",
    }.items():
        monkeypatch.setenv(name, value)
    yield importlib.import_module("infra.hooks.codedeploy_shim")
    sys.modules.pop("old_codedeploy_hook", None)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("Succeeded", HookAnswer("SUCCEEDED")),
        ("Failed", HookAnswer("FAILED", reason="it reported Failed")),
        ("", HookAnswer("FAILED", reason="it reported no status before it returned")),
    ],
)
def test_what_it_reports_to_codedeploy_is_what_greenshift_gets(
    shim: Any, monkeypatch: pytest.MonkeyPatch, status: str, answer: HookAnswer
) -> None:
    monkeypatch.setenv("TEST_STATUS", status)
    assert read_answer(shim.handler(EVENT, None)) == answer
    assert os.environ["CurrentVersion"] == f"{ARN}-api:7"


def test_the_function_under_test_may_be_named(shim: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEDEPLOY_FUNCTION", "mail")
    with pytest.raises(AssertionError, match="the version to test"):
        shim.handler(EVENT, None)
    assert os.environ["NewVersion"] == f"{ARN}-mail:3"
