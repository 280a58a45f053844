"""What a Catch put into the document, as one sentence for a person."""

import json
from collections.abc import Mapping
from typing import Any

LONGEST = 1000


def reason_of(failure: Mapping[str, Any] | None, otherwise: str) -> str:
    """The failed phase's own sentence with its error's name, or `otherwise` when nothing failed.

    Lambda puts a handler's error as JSON into `Cause`; a time-out or a dead process leaves text.
    """
    if not failure:
        return otherwise
    name, cause = str(failure.get("Error", "Failed")), str(failure.get("Cause", ""))
    try:
        known = json.loads(cause)
    except ValueError:
        known = {}
    message = known.get("errorMessage", cause) if isinstance(known, Mapping) else cause
    return f"{name}: {message or 'no cause was given'}"[:LONGEST]
