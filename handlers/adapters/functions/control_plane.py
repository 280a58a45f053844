"""A client of Lambda's API whose every call waits for its turn, also one that the SDK makes again
or that turns a page.
"""

from typing import Any, Protocol

from handlers.domain.budget.budget import is_counted

_THROTTLED = ("TooManyRequestsException", "ThrottlingException")


class Turns(Protocol):
    """Who says when a call may be made."""

    def wait(self) -> None:
        """Returns when it may."""

    def throttled(self) -> None:
        """Hears that Lambda has throttled one."""


def in_turn(lambda_client: Any, turns: Turns) -> Any:
    """The client, of which each request that counts waits for its turn before it is signed, as a
    signature is good for some minutes.

    https://docs.aws.amazon.com/boto3/latest/guide/events.html
    """

    def wait(operation_name: str, **_: Any) -> None:
        if is_counted(operation_name):
            turns.wait()

    def hear(operation: Any, response: Any, **_: Any) -> None:
        parsed = response[1] if response else {}
        code = parsed.get("Error", {}).get("Code")
        if code in _THROTTLED and is_counted(operation.name):
            turns.throttled()

    events = lambda_client.meta.events
    events.register_first("request-created.lambda", wait)
    events.register("needs-retry.lambda", hear)
    return lambda_client
