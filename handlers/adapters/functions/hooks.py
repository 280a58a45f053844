"""Calls of the owner's hooks."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from handlers.adapters.aws import code_of
from handlers.errors import HookFailed

LONGEST_CALL = 270
"""Seconds that one call may take; a longer hook answers IN_PROGRESS."""
_REFUSED = {
    "ResourceNotFoundException": "is not there: deploy it, or correct the service's stack",
    # Of a function that is gone AWS says this too: it has no tag.
    "AccessDeniedException": "is not there, or lacks the tag greenshift:hook: deploy it with that",
}
_SHOWN = 500


class Hooks:
    """Invokes hooks and waits for their answer. Its client must not try again by itself: a hook
    that is slow would be called twice.
    """

    def __init__(self, lambda_client: Any) -> None:
        self._lambda = lambda_client

    def call(self, function: str, payload: Mapping[str, Any]) -> Any:
        """What the hook returns, as JSON or as text that is none. Raises HookFailed, with the
        second half of a sentence, when it failed, took too long, or cannot be called.
        """
        try:
            answer = self._lambda.invoke(FunctionName=function, Payload=json.dumps(payload))
            raw = answer["Payload"].read()
        except ReadTimeoutError:
            what = "answer IN_PROGRESS and go on in the background"
            raise HookFailed(f"did not answer within {LONGEST_CALL} s: {what}") from None
        except ClientError as error:
            if code_of(error) in _REFUSED:
                raise HookFailed(_REFUSED[code_of(error)]) from error
            raise
        try:
            found = json.loads(raw) if raw else None
        except ValueError:
            found = raw.decode(errors="replace")
        if answer.get("FunctionError"):
            known = found if isinstance(found, dict) else {}
            kind = known.get("errorType", answer["FunctionError"])
            raise HookFailed(f"failed with {kind}: {known.get('errorMessage', found)}"[:_SHOWN])
        return found
