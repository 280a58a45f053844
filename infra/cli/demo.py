"""`make demo`: four releases of the sample service on the embedded environment,
shown as they run.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from rich.console import Console

from infra.cli.progress import show, write
from infra.local.environment import (
    Environment,
    LocalError,
    default_folder,
    down,
    embedded,
    status,
    up,
)
from infra.local.signals import Signalled, raise_when_signalled
from infra.local.toolchain import ToolchainError
from infra.sample.bring_up import Sample, bring_up
from infra.sample.build import VERSIONS, build_release
from infra.sample.load import Counts, Load
from statemachine.client import Deployments
from statemachine.following import Observation

RATE = 150
"""Requests a second: enough for a verdict in seconds, little enough for two cores."""
LONGEST = 300.0
"""Seconds that one deployment may take before the demo gives up on it."""


def main() -> None:
    """Runs the demo; exits with 1 when something did not go as the demo promises."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the environment running")
    keep = parser.parse_args().keep
    raise_when_signalled()
    console = Console(highlight=False)
    try:
        good = _Demo(console, keep=keep).run()
    except (LocalError, ToolchainError, TimeoutError) as error:
        write(console, f"The demo cannot go on: {error}", "red")
        sys.exit(1)
    except Signalled as signalled:
        write(console, "Stopped; the embedded environment is gone.", "yellow")
        sys.exit(signalled.exit_code)
    sys.exit(0 if good else 1)


class _Demo:
    """The story: bring up, release, release under traffic, release what is bad and what may not be,
    sum up.
    """

    def __init__(self, console: Console, *, keep: bool) -> None:
        self._console, self._keep = console, keep
        self._began = time.monotonic()

    def run(self) -> bool:
        with ExitStack() as stack:
            self._say("Greenshift on an embedded AWS and PostgreSQL, on this machine only.")
            with self._timed("started the embedded environment"):
                environment = self._environment(stack)
            with self._timed("ran cdk bootstrap and cdk deploy of Greenshift and of orders"):
                sample = bring_up(environment)
            with environment.work_folder() as folder:
                with self._timed("built the bundles of releases 1.0.0 to 1.3.0"):
                    bundles = {each: build_release(each, folder) for each in VERSIONS}
                deployments = Deployments(cache(environment.client), poll_seconds=0.25)
                good = self._releases(deployments, sample, bundles)
            stack.pop_all() if self._keep and good else None
        self._sum_up(sample, good)
        return good

    def _environment(self, stack: ExitStack) -> Environment:
        if not self._keep:
            return stack.enter_context(embedded(enforce=True))
        if found := status():
            raise LocalError(
                f"a local environment runs in {found.folder} already, and KEEP=1 would take its "
                "place: end it with `.venv/bin/greenshift local down`, or run `make demo`, which "
                "takes one of its own"
            )
        environment = up(enforce=True)
        stack.callback(down)
        return environment

    def _releases(self, deployments: Deployments, sample: Sample, bundles: dict[str, Path]) -> bool:
        self._title("1. Release 1.0.0, brought up by dropping its bundle into the artifact bucket")
        first = self._release(deployments, "1.0.0", bundles["1.0.0"])
        good = _ended(first, "Released")

        self._title(f"2. Release 1.1.0 with an expand migration, under {RATE} requests a second")
        with Load(sample.api_url, rate=RATE) as load:
            second = self._release(deployments, "1.1.0", bundles["1.1.0"], load)
        counts = load.counts()
        self._tell(
            counts, f"{counts.failed} failed of {counts.requests:,} requests", counts.failed == 0
        )
        good &= _ended(second, "Released") and counts.failed == 0

        self._title("3. Release 1.2.0, which answers 500 to about 8 % of what customers ask")
        with Load(sample.api_url, rate=RATE) as load:
            third = self._release(deployments, "1.2.0", bundles["1.2.0"], load)
        good &= _ended(third, "RolledBack") and self._cost(deployments, third, load.counts())

        self._title("4. Release 1.3.0, which renames a column that 1.1.0 still asks for")
        with Load(sample.api_url, rate=RATE) as load:
            fourth = self._release(deployments, "1.3.0", bundles["1.3.0"], load)
        return self._refused(deployments, fourth, load.counts()) and good

    def _release(
        self, deployments: Deployments, release: str, bundle: Path, load: Load | None = None
    ) -> Observation:
        execution = deployments.deploy_bundle("orders", release, bundle)
        seen = deployments.follow(execution, timeout_seconds=LONGEST)
        return show(seen, self._console, side=(lambda: _side(load.counts())) if load else None)

    def _cost(self, deployments: Deployments, last: Observation, counts: Counts) -> bool:
        """What the bad release cost: failures served, and the time until blue had all traffic."""
        flips = deployments.flips(last.deployment)
        back = max((flip["at"] for flip in flips if flip["weight"] == 0), default=None)
        if counts.first_failure_at is None or back is None:
            self._say(
                "Nothing failed, so nothing was caught: the demo did not show what it should."
            )
            return False
        seconds = back - counts.first_failure_at
        blamed = sum(n for by, n in counts.failed_by.items() if by.release == "1.2.0")
        self._tell(
            counts,
            f"{blamed} of {counts.requests:,} requests failed, all of them green's; "
            f"{seconds:.1f} s from the first bad answer to 100 % blue, and nobody was called",
            blamed == counts.failed,
        )
        return blamed == counts.failed

    def _refused(self, deployments: Deployments, last: Observation, counts: Counts) -> bool:
        """Whether the gate refused the release before anything was applied, with what to do."""
        reason = str(last.answer["reason"]) if last.answer else ""
        moved = deployments.flips(last.deployment)
        refused = _ended(last, "RolledBack") and reason.startswith("MigrationRefused") and not moved
        self._tell(
            counts,
            f"refused before anything was applied, live never moved, {counts.failed} failed of "
            f"{counts.requests:,} requests; the gate's finding, and what to write instead:",
            refused and counts.failed == 0,
        )
        for line in reason.removeprefix("MigrationRefused: ").split("; "):
            self._say(f"  {line}")
        return refused and counts.failed == 0

    def _sum_up(self, sample: Sample, good: bool) -> None:
        self._title("Summary")
        took = time.monotonic() - self._began
        self._say(
            f"Four releases in {took:.0f} s: 1.0.0 and 1.1.0 are Released, 1.2.0 was RolledBack, "
            "1.3.0 was refused by the gate."
            if good
            else f"Something did not go as it should ({took:.0f} s): read above what."
        )
        if self._keep and good:
            self._say(f"The environment runs on, in {default_folder()}. To go on:")
            for line in (
                f"curl '{sample.api_url}/health'",
                ".venv/bin/greenshift status orders --local",
                ".venv/bin/greenshift rollback orders --local",
                ".venv/bin/greenshift local down",
            ):
                self._say(f"  {line}")
        elif good:
            self._say(
                "To play with it: make demo KEEP=1. To put a service of yours under it: README.md."
            )

    def _tell(self, counts: Counts, line: str, good: bool) -> None:
        write(self._console, line, "bold green" if good else "bold red")
        served = ", ".join(
            f"{by.release or 'nobody'} {number:,}"
            for by, number in sorted(counts.requests_by.items(), key=str)
        )
        self._say(f"  answered by {served}; p50 {counts.p50_ms:.0f} ms, p99 {counts.p99_ms:.0f} ms")
        for example in counts.examples if not good else ():
            self._say(f"  {example}")

    def _title(self, line: str) -> None:
        self._say("")
        write(self._console, line, "bold")

    def _say(self, line: str) -> None:
        write(self._console, line)

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._say(f"  {time.monotonic() - began:5.1f} s  {what}")


def _side(counts: Counts) -> str:
    return (
        f"traffic: {counts.requests:,} requests, {counts.failed} failed, {counts.rate:.0f} a second"
    )


def _ended(seen: Observation, outcome: str) -> bool:
    return seen.answer is not None and seen.answer["outcome"] == outcome


if __name__ == "__main__":
    main()
