"""Synthetic requests put to one version: an answer each, or the reason why Lambda has none to give.

The answer is waited for a short time only, so that a round fits into Bake's: a version that takes
longer has failed, and goes on until its own time-out.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.functions.probes import Answered, Probes

LONGEST_ANSWER = 20
"""Seconds: a cold start fits in."""


class SyntheticCalls:
    """Calls versions by number, never the alias; `probes` wait for LONGEST_ANSWER and do not try
    again.
    """

    def __init__(self, probes: Probes) -> None:
        self._probes = probes

    def ask(
        self, function: str, version: str, event: Mapping[str, Any], *, name: str
    ) -> Answered | str:
        """What `function:version` answers; one that takes too long is an error of its kind. Where
        Lambda did not call it, why: throttled, not allowed, failed on its side or not reached, for
        none of which the version is to blame.
        """
        try:
            return self._probes.call_within(LONGEST_ANSWER, function, version, event, check=name)
        except ClientError as error:
            return f"{function}:{version} could not be called ({code_of(error)})"
        except BotoCoreError as error:
            return f"{function}:{version} could not be reached ({type(error).__name__})"
