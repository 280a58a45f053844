"""Starts environments of green before it gets traffic, so that the shift does not begin cold."""

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from handlers.adapters.functions.functions import Functions
from handlers.adapters.functions.probes import Answered, Probes
from handlers.domain.probe.cold_starts import Warmed, warm_calls
from handlers.verifying.calls import event_of
from handlers.verifying.runner import Target
from handlers.verifying.suite import Suite


class Warmer:
    """Calls green many times at once, with a check of the release that changes nothing."""

    def __init__(self, probes: Probes, functions: Functions) -> None:
        self._probes, self._functions = probes, functions
        self.inits: defaultdict[str, list[float]] = defaultdict(list)
        """By function, the inits that were seen, in milliseconds."""

    def warm(self, suite: Suite, targets: Mapping[str, Target]) -> dict[str, Warmed]:
        """Warms each target for which the release asks. What the handler answers is not judged:
        the check itself is still to be made. A throttled call is told and not tried again.
        """
        found = {}
        for key, asked in sorted(suite.warm.items()):
            check = next((c for c in suite.checks if c.function == key and c.harmless), None)
            if key not in targets or check is None:
                continue
            target = targets[key]
            reserved = self._functions.reserved_concurrency(target.function)
            answers = self._call(
                target, event_of(check, suite), check.name, warm_calls(asked, reserved)
            )
            inits = [each.init_ms for each in answers if each and each.init_ms is not None]
            self.inits[key] = inits
            found[key] = Warmed(asked, len(inits), sum(each is None for each in answers))
        return found

    def _call(
        self, target: Target, event: Mapping[str, Any], check: str, times: int
    ) -> list[Answered | None]:
        with ThreadPoolExecutor(max_workers=times) as pool:
            calls = [
                pool.submit(
                    self._probes.call_once, target.function, target.version, event, check=check
                )
                for _ in range(times)
            ]
            return [call.result() for call in calls]
