"""The roles that Step Functions, EventBridge, Scheduler and event source mappings act in.

AWS: a task that the machine's role may not do fails with the service's exception; a target that its
role may not reach gets no event; a queue or a table's stream that the function's role may not read
is not read.
https://docs.aws.amazon.com/step-functions/latest/dg/lambda-iam.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-eventsourcemapping.html
Stock MiniStack: asks nobody. Patch: asks IAM before each, when it enforces.
"""

import contextvars
from collections.abc import Iterator
from typing import Any

from infra.local.corrections.permits import denial
from infra.local.patching import when_imported

_role: contextvars.ContextVar[str | None] = contextvars.ContextVar("machine_role", default=None)
_TARGETS = {
    "states": "states:StartExecution",
    "lambda": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
}
_POLLING = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "dynamodb": ("DescribeStream", "GetRecords", "GetShardIterator"),
}


def apply() -> None:
    """Patches tasks, targets and the poller of queues and streams."""
    when_imported("ministack.services.stepfunctions", _patch_machines)
    when_imported("ministack.services.eventbridge", _patch_targets)
    when_imported("ministack.services.lambda_svc", _patch_poller)


def _patch_machines(machines: Any) -> None:
    run, call = machines._run_execution, machines._call_lambda

    def run_in_role(execution: str) -> None:
        known = machines._executions.get(execution) or {}
        machine = machines._state_machines.get(known.get("stateMachineArn")) or {}
        token = _role.set(machine.get("roleArn"))
        try:
            run(execution)
        finally:
            _role.reset(token)

    def call_in_role(reference: str, event: Any) -> Any:
        role = _role.get()
        if role and reference.startswith("arn:"):
            reason = denial(role, "StepFunctions", "lambda:InvokeFunction", reference)
            if reason:
                raise machines._ExecutionError("Lambda.AWSLambdaException", reason)
        return call(reference, event)

    machines._run_execution = run_in_role
    machines._call_lambda = call_in_role


def _patch_targets(eventbridge: Any) -> None:
    invoke = eventbridge._invoke_target

    def invoke_in_role(target: dict[str, Any], *arguments: Any) -> None:
        role, arn = target.get("RoleArn"), target.get("Arn", "")
        action = _TARGETS.get(arn.split(":")[2]) if arn.count(":") > 2 else None
        if not (role and action and denial(role, "Delivery", action, arn)):
            invoke(target, *arguments)

    eventbridge._invoke_target = invoke_in_role


def _patch_poller(service: Any) -> None:
    mappings = service._iter_all_esms

    def may_poll(mapping: dict[str, Any]) -> bool:
        source = mapping.get("EventSourceArn", "")
        function = service._functions.get(mapping["FunctionName"])
        kind = source.split(":")[2] if source.count(":") > 2 else ""
        if function is None:
            return True
        role, name, asked = function["config"]["Role"], mapping["FunctionName"], _POLLING.get(kind)
        return not any(denial(role, name, f"{kind}:{each}", source) for each in asked or ())

    def permitted() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for account, region, mapping in mappings():
            whose = service._request_account_id.set(account)
            where = service._request_region.set(region)
            try:
                allowed = may_poll(mapping)
            finally:
                service._request_region.reset(where)
                service._request_account_id.reset(whose)
            if allowed:
                yield account, region, mapping

    service._iter_all_esms = permitted
