"""Real calls of the `live` alias while a deployment runs, every answer kept."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from service import Service


@dataclass(slots=True)
class Load:
    """What the calls came to: how many each version answered, and how many it failed."""

    answered: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)

    def note(self, answer: Any) -> None:
        """Counts one answer of Lambda's Invoke."""
        version = answer["ExecutedVersion"]
        counts = self.failed if answer.get("FunctionError") else self.answered
        counts[version] = counts.get(version, 0) + 1


@contextmanager
def calling(service: Service, key: str = "api", pause: float = 0.02) -> Iterator[Load]:
    """Calls the function's alias without end, one call after the other, until the block is left."""
    load, over = Load(), threading.Event()

    def run() -> None:
        while not over.wait(pause):
            load.note(
                service.lambda_.invoke(
                    FunctionName=service.function(key), Qualifier="live", Payload=b"{}"
                )
            )

    caller = threading.Thread(target=run)
    caller.start()
    try:
        yield load
    finally:
        over.set()
        caller.join()
