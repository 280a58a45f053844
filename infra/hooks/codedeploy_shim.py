"""Lets a hook that was written for AWS CodeDeploy answer Greenshift as well.

Copy this file beside the hook. The function's handler becomes `codedeploy_shim.handler`, and the
environment says which one it was:

    CODEDEPLOY_HANDLER = "index.handler"

The hook goes on calling PutLifecycleEventHookExecutionStatus through boto3's default session. That
call does not leave the process: its status is what Greenshift gets.
https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

import importlib
import json
import os
from types import SimpleNamespace
from typing import Any

import boto3

_statuses: dict[str, str] = {}
_NOTHING = "it reported no status before it returned"


def _note(params: Any, **_: Any) -> Any:
    """In place of the call to CodeDeploy: keeps the status, and answers as CodeDeploy would."""
    told = json.loads(params["body"])
    execution = told["lifecycleEventHookExecutionId"]
    _statuses[execution] = told.get("status", "")
    return SimpleNamespace(status_code=200), {"lifecycleEventHookExecutionId": execution}


# Clients take the session's handlers over when they are made: this comes before the hook's import.
if boto3.DEFAULT_SESSION is None:
    boto3.setup_default_session()
assert boto3.DEFAULT_SESSION is not None
boto3.DEFAULT_SESSION.events.register(
    "before-call.codedeploy.PutLifecycleEventHookExecutionStatus", _note
)


def handler(event: Any, context: Any) -> Any:
    """Calls the CodeDeploy hook, and answers Greenshift with what it reported.

    `NewVersion` and `CurrentVersion` in the environment are the ARNs of green and blue, of the
    function that CODEDEPLOY_FUNCTION names by its key, or of the first that changes. A hook that
    reports nothing before it returns has failed.
    """
    functions = event["functions"]
    changed = [key for key, each in functions.items() if each["changed"]] or list(functions)
    function = functions[os.environ.get("CODEDEPLOY_FUNCTION") or changed[0]]
    os.environ["NewVersion"] = function["green"]  # noqa: SIM112 - the name that SAM gives it
    os.environ["CurrentVersion"] = function["blue"]  # noqa: SIM112
    execution = f"{event['deployment']}-{event['phase']}-{event['step']}-{event['attempt']}"
    module, _, name = os.environ["CODEDEPLOY_HANDLER"].rpartition(".")
    hook = getattr(importlib.import_module(module), name)
    hook({"DeploymentId": event["deployment"], "LifecycleEventHookExecutionId": execution}, context)
    status = _statuses.pop(execution, "")
    if status == "Succeeded":
        return {"hookStatus": "SUCCEEDED"}
    return {"hookStatus": "FAILED", "reason": f"it reported {status}" if status else _NOTHING}
