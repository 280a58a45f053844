"""An alias that the stack refers to and does not make."""

import jsii
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda
from aws_cdk.interfaces import aws_lambda as references
from constructs import Construct, Node


@jsii.implements(aws_lambda.IAlias)
class OwnedAlias(aws_lambda.QualifiedFunctionBase):
    """`Alias.from_alias_attributes`, except that permissions are made in every stack.

    An imported alias drops them silently where the stack does not name its account, and an API
    would then not be allowed to call it.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, alias_name: str, function: aws_lambda.Function
    ) -> None:
        super().__init__(scope, construct_id)
        self._alias_name = alias_name
        self._function = function

    @property
    def alias_name(self) -> str:
        """Its name, as a token: who uses it is made after the alias."""
        return self._alias_name

    @property
    def version(self) -> aws_lambda.IVersion:
        """`$LATEST`: which version it serves is not the stack's to know."""
        return self._function.latest_version

    @property
    def alias_ref(self) -> references.AliasReference:
        """A reference for other constructs of aws-cdk-lib."""
        return references.AliasReference(alias_arn=self.function_arn)

    @property
    def lambda_(self) -> aws_lambda.IFunction:
        """The function behind the alias."""
        return self._function

    @property
    def function_arn(self) -> str:
        """The alias's ARN."""
        return f"{self._function.function_arn}:{self._alias_name}"

    @property
    def function_name(self) -> str:
        """`<function>:<alias>`, which every API takes as a function's name."""
        return f"{self._function.function_name}:{self._alias_name}"

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The function's role."""
        return self._function.grant_principal

    @property
    def role(self) -> iam.IRole | None:
        """The function's role."""
        return self._function.role

    @property
    def architecture(self) -> aws_lambda.Architecture:
        """The function's architecture."""
        return self._function.architecture

    @property
    def permissions_node(self) -> Node:
        """Permissions are made below the alias."""
        return self.node

    @property
    def resource_arns_for_grant_invoke(self) -> list[str]:
        """The alias alone: who may call `live` may not call what was just uploaded."""
        return [self.function_arn]

    @property
    def _can_create_permissions(self) -> bool:
        return True

    @property
    def _qualifier(self) -> str:
        return self._alias_name
