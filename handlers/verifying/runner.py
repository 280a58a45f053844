"""Makes the checks of a release on the versions of one side, blue or green."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handlers.adapters.functions.probes import Answered, Probes
from handlers.domain.probe.expectation import unmet
from handlers.domain.probe.order import waves
from handlers.domain.probe.probe_answer import http_answer
from handlers.domain.probe.results import Result, kept
from handlers.domain.probe.variables import filled, taken
from handlers.domain.release.checks import Check
from handlers.verifying.calls import event_of
from handlers.verifying.suite import Suite

if TYPE_CHECKING:
    from handlers.verifying.over_preview import OverPreview

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Target:
    """A version that checks call: Lambda's name of the function, and the number."""

    function: str
    version: str


class Runner:
    """Calls versions by number, never the alias that has the traffic; `targets` are by the
    function's key. What the preview carries goes `over` it, where there is one.
    """

    def __init__(
        self,
        probes: Probes,
        suite: Suite,
        targets: Mapping[str, Target],
        over: "OverPreview | None" = None,
    ) -> None:
        self._probes, self._suite, self._targets, self._over = probes, suite, targets, over
        self._saved: dict[str, Any] = {}

    def run(self) -> list[Result]:
        """Makes all checks, in release.toml's order of results, four at a time; what a check needs
        from another one it is made after.
        """
        found: dict[str, Result] = {}
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            for group in waves(self._suite.checks):
                made = list(pool.map(self._run, group))
                for result, saved in made:
                    found[result.name] = result
                    self._saved |= saved
        return [found[check.name] for check in self._suite.checks]

    def _run(self, check: Check) -> tuple[Result, Mapping[str, Any]]:
        """One check, and what it saved. A first call that only waited for its cold start is not
        judged on time.
        """
        target = self._targets[check.function]
        if absent := sorted(check.needs - self._saved.keys()):
            what = f"not made, because nothing was saved as {', '.join(absent)}"
            return Result(check.name, check.function, target.version, 0.0, None, (what,)), {}
        check = filled(check, self._saved)
        answered = self._call(check, target)
        init, longest = answered.init_ms, check.expect.max_ms
        if longest is not None and answered.milliseconds > longest:
            answered = self._call(check, target)
        failures, saved = self._judged(check, answered)
        took = round(answered.milliseconds, 1)
        result = Result(
            check.name,
            check.function,
            target.version,
            took,
            init,
            kept(failures),
            "preview" if self._over is not None and self._over.carries(check) else "event",
        )
        return result, saved

    def _call(self, check: Check, target: Target) -> Answered:
        if self._over is not None and self._over.carries(check):
            return self._over.call(check)
        event = event_of(check, self._suite)
        return self._probes.call(target.function, target.version, event, check=check.name)

    def _judged(self, check: Check, answered: Answered) -> tuple[Sequence[str], Mapping[str, Any]]:
        """What is not as expected, and what is saved: nothing of a check that did not pass."""
        if answered.error is not None:
            return [answered.error], {}
        if check.http is not None:
            status, headers, body = http_answer(answered.payload, check.http.form)
        else:
            status, headers, body = None, {}, answered.payload
        schema = check.expect.schema
        failures = unmet(
            check.expect,
            status=status,
            headers=headers,
            body=body,
            milliseconds=answered.milliseconds,
            schema=self._suite.files[schema] if schema else None,
        )
        saved, missing = taken(check.save, body)
        failures += missing
        return failures, ({} if failures else saved)
