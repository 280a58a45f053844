"""What Lambda does with asynchronous calls of an alias that fail."""

from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.domain.consumers.source import AsyncCalls

_RETRIES = 2
"""Lambda's, where nothing is configured.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""


class AsyncCallSettings:
    """Reads the Lambda API; changes nothing."""

    def __init__(self, lambda_client: Any) -> None:
        self._lambda = lambda_client

    def of(self, name: str, alias: str) -> AsyncCalls:
        """The settings of the alias. Those of another qualifier do not hold for it."""
        found = self._read(FunctionName=name, Qualifier=alias)
        if found is None:
            return AsyncCalls(bare_only=self._read(FunctionName=name) is not None)
        destination = (found.get("DestinationConfig") or {}).get("OnFailure") or {}
        retries = found.get("MaximumRetryAttempts")
        return AsyncCalls(
            retries=_RETRIES if retries is None else retries,
            on_failure=destination.get("Destination"),
        )

    def _read(self, **named: str) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = self._lambda.get_function_event_invoke_config(**named)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            return None
        return answer
