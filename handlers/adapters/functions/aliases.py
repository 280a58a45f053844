"""The `live` alias of one function, as Lambda has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.functions.pace import Pace
from handlers.domain.shift.traffic import Target


@dataclass(frozen=True, slots=True)
class Alias:
    """What an alias serves: one version, and the shares (0 to 1) that other versions
    take from it.
    """

    function: str
    name: str
    arn: str
    version: str
    weights: Mapping[str, float]
    revision: str
    description: str

    @property
    def versions(self) -> frozenset[str]:
        """All versions that can get traffic."""
        return frozenset({self.version, *self.weights})

    @property
    def served(self) -> str:
        """What it serves, in words."""
        shares = [f"{share:.0%} version {each}" for each, share in sorted(self.weights.items())]
        return " and ".join([f"version {self.version}", *shares])


class Aliases:
    """Reads and moves aliases; a move is compare-and-set on the revision. Who can wait reads them
    at a `pace`.
    """

    def __init__(self, lambda_client: Any, pace: Pace | None = None) -> None:
        self._lambda, self._pace = lambda_client, pace

    def read(self, function: str, name: str) -> Alias | None:
        """The alias, or None when it or its function does not exist."""
        if self._pace is not None:
            self._pace.wait()
        try:
            return _alias(function, self._lambda.get_alias(FunctionName=function, Name=name))
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise

    def move(
        self, function: str, name: str, revision: str, target: Target, description: str
    ) -> Alias | None:
        """Points the alias at the target, all at once; None when it is gone, or was written since
        `revision`.

        All fields are always sent: what UpdateAlias is not told it leaves as it was.
        https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
        """
        try:
            answer = self._lambda.update_alias(
                FunctionName=function,
                Name=name,
                FunctionVersion=target.version,
                RoutingConfig={"AdditionalVersionWeights": dict(target.weights)},
                Description=description,
                RevisionId=revision,
            )
        except ClientError as error:
            if code_of(error) in ("PreconditionFailedException", "ResourceConflictException"):
                return None
            if code_of(error) == "ResourceNotFoundException" and self.read(function, name) is None:
                return None
            raise
        return _alias(function, answer)


def _alias(function: str, answer: Mapping[str, Any]) -> Alias:
    return Alias(
        function=function,
        name=answer["Name"],
        arn=answer["AliasArn"],
        version=answer["FunctionVersion"],
        weights=(answer.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {},
        revision=answer["RevisionId"],
        description=answer.get("Description", ""),
    )
