"""A check at synthesis: nothing in the stack may go past `live` to the function itself."""

from collections.abc import Iterator, Mapping

import jsii
from aws_cdk import CfnResource, Stack
from constructs import Construct, IValidation

from greenshift_cdk.callers import USES
from greenshift_cdk.function_names import FunctionNames
from greenshift_cdk.managed_function import ManagedFunction


@jsii.implements(IValidation)
class NoBareUse:
    """Finds what the stack puts on a managed function itself: versions, aliases, and whatever calls
    it or is allowed to.

    Each would release code past the machine, follow every upload at once, or leave the alias
    without the permission that it needs. An IAM policy that allows more than the alias is none of
    these: it routes nothing.
    """

    def __init__(
        self, scope: Construct, service: str, functions: Mapping[str, ManagedFunction]
    ) -> None:
        self._scope, self._service, self._functions = scope, service, functions

    def validate(self) -> list[str]:
        """One sentence for each wrong resource."""
        stack = Stack.of(self._scope)
        names = FunctionNames(
            stack,
            {
                key: (managed.function, managed.name_in(self._service, key))
                for key, managed in self._functions.items()
            },
        )
        return [
            sentence
            for construct in stack.node.find_all()
            if isinstance(construct, CfnResource) and construct.cfn_resource_type in USES
            for sentence in self._judge(stack, names, construct)
        ]

    def _judge(self, stack: Stack, names: FunctionNames, resource: CfnResource) -> Iterator[str]:
        use = USES[resource.cfn_resource_type]
        properties = stack.resolve(resource._cfn_properties)  # noqa: SLF001 - of any type, also one that has no class
        keys = {names.bare(value) for value in use.values(properties)} - {None}
        for key in sorted(str(key) for key in keys):
            yield (
                f'{resource.node.path} {use.does} the function "{key}" itself, {use.why}; '
                f'use live("{key}") of the service "{self._service}" instead'
            )
