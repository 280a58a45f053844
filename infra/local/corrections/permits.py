"""What IAM says to a service of the emulator that acts for somebody: in a role, or by a policy of
the function that it calls. Everything is permitted where the emulator does not enforce.
"""

import logging
import os
from importlib import import_module
from typing import Any

_log = logging.getLogger("ministack")


def enforced() -> bool:
    """Whether this emulator denies what no policy allows."""
    return os.environ.get("AUTH") == "true"


def denial(role: str, session: str, action: str, resource: str) -> str | None:
    """Why the role may not, in AWS's words, or nothing when it may."""
    if not enforced():
        return None
    account, name = role.split(":")[4], role.rsplit("/", 1)[-1]
    caller = f"arn:aws:sts::{account}:assumed-role/{name}/{session}"
    evaluator: Any = import_module("ministack.core.iam_evaluator")
    policies = evaluator._gather_role_policies(name, account)
    asked = _context(evaluator, caller, account, action, resource)
    if evaluator.evaluate(asked, policies).decision == "Allow":
        return None
    return _refusal(action, caller, resource)


def denial_of_caller(access_key: str, action: str, resource: str) -> str | None:
    """Why whoever signed the request may not, in AWS's words, or nothing when they may."""
    if not enforced():
        return None
    evaluator: Any = import_module("ministack.core.iam_evaluator")
    account = import_module("ministack.core.responses").get_account_id()
    caller = evaluator.resolve_principal(access_key, account)
    if getattr(caller, "policies", None) is None:  # the account's root
        return None
    asked = _context(evaluator, caller.arn, caller.account, action, resource)
    if evaluator.evaluate(asked, caller.policies, *caller.limits).decision == "Allow":
        return None
    return _refusal(action, caller.arn, resource)


def admits(function: str, service: str, source: str) -> bool:
    """Whether the function's, version's or alias's policy lets the service call it for `source`."""
    if not enforced():
        return True
    functions: Any = import_module("ministack.services.lambda_svc")
    evaluator: Any = import_module("ministack.core.iam_evaluator")
    policy, account = functions.function_policy_for_arn(function) or ({}, "")
    asked = _context(evaluator, "", account, "lambda:InvokeFunction", function)
    asked.service_context = {"aws:sourcearn": source, "aws:sourceaccount": account}
    found = evaluator.evaluate_resource_policy(policy, asked, service).decision == "Allow"
    if not found:
        _log.warning("%s has no permission for %s from %s", function, service, source)
    return bool(found)


def _context(evaluator: Any, caller: str, account: str, action: str, resource: str) -> Any:
    region = import_module("ministack.core.responses").get_region()
    return evaluator.EvalContext(
        principal_arn=caller,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
    )


def _refusal(action: str, caller: str, resource: str) -> str:
    actions: Any = import_module("ministack.core.iam_actions")
    sentence: str = actions.identity_denial_message(action, caller, resource, explicit_deny=False)
    _log.warning("%s", sentence)
    return sentence
