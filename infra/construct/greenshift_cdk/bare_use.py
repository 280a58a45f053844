"""A check at synthesis: nothing in the stack may go past `live` to the function itself."""

from collections.abc import Mapping

import jsii
from aws_cdk import CfnResource, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IValidation

from greenshift_cdk.managed_function import ManagedFunction

_REFUSED = {
    "AWS::Lambda::Version": "a version of",
    "AWS::Lambda::Alias": "an alias of",
    "AWS::Lambda::EventSourceMapping": "an event source on",
    "AWS::Lambda::Url": "a URL on",
}


@jsii.implements(IValidation)
class NoBareUse:
    """Finds versions, aliases, event sources and URLs that the stack puts on a managed function.

    Each would either release code past the machine or follow every upload at once.
    """

    def __init__(
        self, scope: Construct, service: str, functions: Mapping[str, ManagedFunction]
    ) -> None:
        self._scope, self._service, self._functions = scope, service, functions

    def validate(self) -> list[str]:
        """One sentence for each wrong resource."""
        stack = Stack.of(self._scope)
        keys = {self._target(stack, m.function): key for key, m in self._functions.items()}
        found = []
        for construct in stack.node.find_all():
            if (
                not isinstance(construct, CfnResource)
                or construct.cfn_resource_type not in _REFUSED
            ):
                continue
            kind = construct.cfn_resource_type
            function = getattr(construct, "function_name", None) or getattr(
                construct, "target_function_arn", None
            )
            key = keys.get(_logical_id(stack.resolve(function)))
            if key is not None:
                found.append(
                    f'{construct.node.path} puts {_REFUSED[kind]} the function "{key}", which '
                    f'Greenshift releases; use live("{key}") of the service "{self._service}"'
                )
        return found

    def _target(self, stack: Stack, function: lambda_.Function) -> str:
        return _logical_id(stack.resolve(function.function_name))


def _logical_id(reference: object) -> str:
    """The resource that a resolved Ref or GetAtt names by itself; of a qualified ARN, nothing."""
    match reference:
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return name
        case _:
            return ""
