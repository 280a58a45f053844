"""The edge of every phase's Lambda: a document in, a section out, errors in our words, one log line
for each end.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from handlers.adapters.aws import in_our_words
from handlers.adapters.invocation import invocation
from handlers.domain.codec import encode
from handlers.domain.document import read_document

PLAIN = logging.getLogger("greenshift.plain")
"""Lambda's own JSON log: for RollBack, which imports as little as it can."""
PLAIN.setLevel(logging.INFO)


class Log(Protocol):
    """What a phase's end is written to."""

    def info(self, msg: object, *arguments: object, extra: Mapping[str, object]) -> None:
        """Writes a line for a phase that answered."""

    def warning(self, msg: object, *arguments: object, extra: Mapping[str, object]) -> None:
        """Writes a line for a phase that raised."""


def answer(
    phase: Callable[..., object],
    event: Mapping[str, Any],
    *more: object,
    log: Log,
    context: object = None,
) -> dict[str, Any]:
    """Calls the phase with the document and what `more` it needs, answers its section, and logs how
    it ended. `context` is Lambda's own, which knows when the phase has to end.

    Raises the phase's own errors, and AWS's as TransientAws, TransientConflict or AwsRefused.
    """
    invocation.begin(context)
    document = read_document(event)
    about = {
        "phase": phase.__name__,
        "service": document.service,
        "execution": document.execution,
        "deployment": document.deployment.id if document.deployment else None,
    }
    try:
        with in_our_words():
            section: dict[str, Any] = encode(phase(document, *more))
    except Exception as error:
        log.warning(
            "%s ended with %s: %s", phase.__name__, type(error).__name__, error, extra=about
        )
        raise
    log.info("%s answered", phase.__name__, extra={**about, "section": section})
    return section
