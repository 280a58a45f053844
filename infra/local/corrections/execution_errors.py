"""Which errors a state can catch, and the name of a throttled Lambda.

AWS: nothing catches or retries `States.Runtime` and `States.DataLimitExceeded`, not even
`States.ALL`. A throttled function is `Lambda.TooManyRequestsException`.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
Stock MiniStack: `States.ALL` catches both; a throttle is `Lambda.Unknown`.
Patch: the comparison of names, and the call of Lambda.
"""

from typing import Any

from infra.local.patching import when_imported

UNCATCHABLE = ("States.Runtime", "States.DataLimitExceeded")


def apply() -> None:
    """Patches the two functions."""
    when_imported("ministack.services.stepfunctions", _patch)


def _patch(machines: Any) -> None:
    matches, call = machines._error_matches, machines._call_lambda

    def call_named(reference: str, event: Any) -> Any:
        try:
            return call(reference, event)
        except machines._ExecutionError as error:
            if '"__type": "TooManyRequestsException"' in str(error.cause):
                raise machines._ExecutionError(
                    "Lambda.TooManyRequestsException", error.cause
                ) from error
            raise

    machines._error_matches = lambda names, error: (
        error not in UNCATCHABLE and matches(names, error)
    )
    machines._call_lambda = call_named
