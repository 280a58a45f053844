"""Functions that take an update at once, for tests that are not about waiting for it.

AWS: a function is `InProgress` for seconds after an update of its code or configuration; MiniStack
keeps it so for half a second.
"""

from typing import Any

from infra.local.patching import when_imported


def apply() -> None:
    """Patches the delay."""
    when_imported("ministack.services.lambda_svc", _patch)


def _patch(service: Any) -> None:
    # Multiplied, so that a MiniStack without this name fails here.
    service._LAMBDA_STATE_TRANSITION_DELAY *= 0
