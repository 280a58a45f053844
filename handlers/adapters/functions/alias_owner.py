"""Aliases as CloudFormation's custom resource has them made: found, made, taken away."""

from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.functions.aliases import Alias, Aliases
from handlers.adapters.functions.functions import Functions
from handlers.errors import TransientConflict


class AliasOwner:
    """Makes and deletes aliases; never moves one."""

    def __init__(self, lambda_client: Any, functions: Functions) -> None:
        self._lambda, self._functions = lambda_client, functions
        self._aliases = Aliases(lambda_client)

    def find(self, function: str, name: str) -> Alias | None:
        """The alias as it is, or None."""
        return self._aliases.read(function, name)

    def make(self, function: str, name: str, description: str, beside: str | None = None) -> Alias:
        """Publishes what the function is now and, once that is Active, points a new alias at it; or
        at what the alias `beside` it serves, where there is one.

        Safe to repeat: an unchanged function is not published again, and an alias that is there
        by then is answered as it is.
        """
        other = self.find(function, beside) if beside else None
        version = other.version if other else self._published(function, description)
        try:
            self._lambda.create_alias(
                FunctionName=function,
                Name=name,
                FunctionVersion=version,
                Description=description,
            )
        except ClientError as error:
            if code_of(error) != "ResourceConflictException":
                raise
        made = self.find(function, name)
        if made is None:
            raise TransientConflict(
                f"{function}:{name} was deleted while it was being made; deploy the stack again"
            )
        return made

    def _published(self, function: str, description: str) -> str:
        ready = self._functions.settled(function)
        published = self._lambda.publish_version(
            FunctionName=function, CodeSha256=ready["CodeSha256"], Description=description
        )
        self._functions.settled(function, published["Version"])
        return str(published["Version"])

    def delete(self, function: str, name: str) -> None:
        """Deletes the alias; that it or its function is gone already is fine."""
        try:
            self._lambda.delete_alias(FunctionName=function, Name=name)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
