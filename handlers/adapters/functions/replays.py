"""Recorded requests put to one version: an answer each, or none where Lambda has none to give."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.functions.probes import Answered, Probes

LONGEST_ANSWER = 30
"""Seconds; an HTTP API waits no longer for a function, so that a customer has no answer then."""


class Replays:
    """Calls versions by number, never the alias; `probes` wait for LONGEST_ANSWER and do not try
    again: real traffic of blue lives on the same concurrency.
    """

    def __init__(self, probes: Probes) -> None:
        self._probes = probes

    def ask(
        self, function: str, version: str, event: Mapping[str, Any], *, name: str
    ) -> Answered | None:
        """What `function:version` answers; one that takes too long is an error of its kind. None
        where Lambda throttled the call or failed on its side.
        """
        try:
            return self._probes.call_within(LONGEST_ANSWER, function, version, event, check=name)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            if code_of(error) == "TooManyRequestsException" or status >= 500:
                return None
            raise
