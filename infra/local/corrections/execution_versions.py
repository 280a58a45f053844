"""Executions of a machine's version or alias.

AWS: an execution started by a version's or an alias's ARN runs that version's definition, and says
so in `DescribeExecution`, `DescribeStateMachineForExecution` and its status events. The same name
and input while it runs answer the same execution.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
Stock MiniStack: runs the machine's present definition whatever was named, says nothing, and refuses
the repeated start. Patch: `StartExecution` keeps the named version's definition with the execution,
which runs it.
"""

import json
from typing import Any

from infra.local.patching import rewrite, when_imported


def apply() -> None:
    """Patches starting, running and describing an execution."""
    when_imported("ministack.services.stepfunctions", _patch)


def _patch(machines: Any) -> None:
    rewrite(
        machines,
        "_start_execution",
        (
            '        "mockAttempts": {},\n',
            '        "mockAttempts": {},\n        **_greenshift_named(requested_arn, sm),\n',
        ),
    )
    rewrite(
        machines,
        "_run_execution",
        (
            'json.loads(sm["definition"])',
            'json.loads(execution.get("definition", sm["definition"]))',
        ),
    )
    rewrite(
        machines,
        "_describe_state_machine_for_execution",
        ('sm["definition"]', 'execution.get("definition", sm["definition"])'),
    )
    start, describe = machines._start_execution, machines._describe_execution

    def named(requested: str, machine: dict[str, Any]) -> dict[str, Any]:
        version = machines._execution_version_arn(requested)
        snapshot = machines._state_machine_versions.get(version) or machine
        alias = requested if requested in machines._state_machine_aliases else None
        return {"definition": snapshot["definition"], "version_arn": version, "alias_arn": alias}

    def start_once(data: dict[str, Any]) -> Any:
        base = machines._resolve_state_machine_arn(data.get("stateMachineArn", ""))
        if base and data.get("name"):
            arn = f"{base.replace(':stateMachine:', ':execution:')}:{data['name']}"
            running = machines._executions.get(arn)
            same = running and running["input"] == data.get("input", "{}")
            if running and same and running["status"] == "RUNNING":
                return machines.json_response(
                    {"executionArn": arn, "startDate": running["startDate"]}
                )
        return start(data)

    def describe_fully(data: dict[str, Any]) -> Any:
        status, headers, body = describe(data)
        if status != 200:
            return status, headers, body
        document = json.loads(body)
        execution = machines._executions[data["executionArn"]]
        document["stateMachineVersionArn"] = execution.get("version_arn")
        document["stateMachineAliasArn"] = execution.get("alias_arn")
        if document["status"] != "SUCCEEDED":
            document["output"] = document["outputDetails"] = None
        present = {name: value for name, value in document.items() if value is not None}
        return status, headers, json.dumps(present).encode()

    machines._greenshift_named = named
    machines._start_execution = start_once
    machines._describe_execution = describe_fully
