"""Which peers a function calls by their version: declared, checked, and allowed."""

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from greenshift_cdk.managed_function import ManagedFunction


def check_calls(
    service: str, functions: Mapping[str, ManagedFunction], environment_keys: Collection[str]
) -> None:
    """Raises ValueError for a call that no version could be pinned for."""
    for key, managed in functions.items():
        for variable, peer in managed.calls.items():
            if why := _why_not(key, variable, peer, functions, environment_keys):
                raise ValueError(f'function "{key}" of service "{service}" {why}')
    peers = {key: set(managed.calls.values()) for key, managed in functions.items()}
    try:
        TopologicalSorter(peers).prepare()
    except CycleError as error:
        circle = " calls ".join(reversed(error.args[1]))
        raise ValueError(
            f'in service "{service}" {circle}, and each would have to be published before the '
            "other; leave one of these calls out, and call that peer by its alias"
        ) from None


def let_call(
    caller: ManagedFunction, peers: Mapping[str, lambda_.IAlias], names: Mapping[str, str]
) -> None:
    """Lets the caller invoke every version of its peers, and names their alias `live` to it until
    its first release names versions. `names` are Lambda's names by key.
    """
    for variable, peer in caller.calls.items():
        caller.function.add_environment(variable, peers[peer].function_arn)
        # By name, not by reference: functions that share a role would depend on each other.
        versions = Stack.of(caller.function).format_arn(
            service="lambda",
            resource="function",
            resource_name=f"{names[peer]}:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        caller.function.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[versions])
        )


def _why_not(
    key: str,
    variable: str,
    peer: str,
    functions: Mapping[str, ManagedFunction],
    environment_keys: Collection[str],
) -> str | None:
    if peer not in functions:
        return f'calls "{peer}", which it does not have; it has {", ".join(functions)}'
    if peer == key:
        return "calls itself, and no version can know its own number; call it by its alias"
    if functions[peer].kind != "internal":
        return (
            f'calls "{peer}", which is of the kind {functions[peer].kind}; '
            "register it as internal, or call it by its alias"
        )
    if variable in environment_keys:
        return (
            f"calls by {variable}, which is in environment_keys, so that a bundle could undo the "
            "pin; take it out there, or name another variable"
        )
    return None
