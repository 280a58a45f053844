"""Twenty deployments at once beside one, on a Lambda whose control plane takes 15 calls a second.

The real handlers, each deployment in a process of its own, with the state machine's interpreter; AWS
is one emulator for all, in front of whose Lambda stands the quota that an account has: a bucket of
15 calls, refilled at 15 a second. The peer are the same deployments without the budget, of which
each call that is throttled is tried again by the SDK, and then by the state machine. What is measured
is the wall time of all of them, from the start of the first to the end of the last.
"""

import importlib
import logging
import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[1] / "statemachine"))

from botocore.awsrequest import AWSResponse
from engine import PHASES, engine
from in_process import in_process
from provided import provided
from service import Service

from handlers.adapters.aws import new_client
from handlers.adapters.tools import Tools
from handlers.domain.budget.budget import QUOTA, RATE, is_counted
from infra.local.environment import Environment

MANY = 20
KINDS = {"api": "entry", "worker": "consumer"}
ENDS = {"release": "Released", "roll back": "RolledBack"}
_spawn = get_context("spawn")


class Quota:
    """The bucket that all processes draw from."""

    def __init__(self) -> None:
        self._lock = _spawn.Lock()
        self._left, self._at = _spawn.Value("d", QUOTA), _spawn.Value("d", time.time())
        self.calls, self.throttled = _spawn.Value("i", 0), _spawn.Value("i", 0)

    def begin(self) -> None:
        self.calls.value = self.throttled.value = 0

    def takes(self) -> bool:
        with self._lock:
            now = time.time()
            left = min(QUOTA, self._left.value + (now - self._at.value) * QUOTA)
            self._at.value, self.calls.value = now, self.calls.value + 1
            if left < 1:
                self._left.value, self.throttled.value = left, self.throttled.value + 1
                return False
            self._left.value = left - 1
            return True

    def send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        if not is_counted(event_name.rpartition(".")[2]) or self.takes():
            return None
        return AWSResponse(
            request.url, 429, {"x-amzn-errortype": "TooManyRequestsException"}, _Body()
        )


class _Body:
    def stream(self, **_: Any) -> Any:
        yield b'{"message": "Rate exceeded"}'


class _BadVerdict(Exception):
    pass


def work(environment: Environment, quota: Quota, tasks: Any, results: Any, start: Any) -> None:
    """One process: deploys once for each task, when all that take part are ready."""
    logging.disable(logging.CRITICAL)
    with ExitStack() as stack:
        states = stack.enter_context(in_process(pace=1))
        while (task := tasks.get()) is not None:
            number, ends, budget = task
            with throttled(quota, budget=budget):
                results.put(deployed(environment, states, number, ends, start))


def throttled(quota: Quota, *, budget: bool) -> ExitStack:
    """The phases with adapters of their own, behind the quota."""
    os.environ.pop("GREENSHIFT_LAMBDA_RATE", None)
    if budget:
        os.environ["GREENSHIFT_LAMBDA_RATE"] = str(RATE)

    def own(service: str, **limits: int) -> Any:
        made = new_client(service, **limits)
        if service == "lambda":
            made.meta.events.register_first("before-send.lambda", quota.send)
        return made

    stack = ExitStack()
    stack.enter_context(patch("handlers.adapters.tools.new_client", own))
    stack.enter_context(patch("handlers.adapters.tools.client", cache(own)))
    for phase in PHASES.values():
        module = importlib.import_module(f"handlers.{phase}")
        stack.enter_context(patch.object(module, "tools", Tools(first=phase == "roll_back")))
    return stack


def deployed(
    environment: Environment, states: Any, number: int, ends: str, start: Any
) -> Mapping[str, Any]:
    """How one deployment ended, when it began and ended, and how long its RollBack took."""
    service = Service(environment, f"many{number}", kinds=KINDS)
    service.upload("1.0.0", plan="steps(50@0.01, 100@0.01)")
    took = {"roll_back": 0.0}

    def before(phase: str, _: Any) -> None:
        took[phase] = took.get(phase, 0.0) - time.time()

    def after(phase: str, _: Any) -> None:
        took[phase] += time.time()
        if phase == "bake" and ends == "RolledBack":
            raise _BadVerdict("green is worse than blue")

    with engine(states, service.name) as machine:
        machine.before, machine.after = before, after
        start.wait()
        began = time.time()
        run = machine.wait(machine.start({"release": "1.0.0"}, f"run-{number}"), seconds=600)
    return {
        "as wanted": run.end == ends,
        "why": run.answer.get("reason", ""),
        "began": began,
        "ended": time.time(),
        "back": took["roll_back"],
        "again": len(machine.calls) - len(set(machine.calls)),
    }


def main() -> None:
    logging.disable(logging.CRITICAL)
    with provided() as environment:
        quota, tasks, results = Quota(), _spawn.Queue(), _spawn.Queue()
        starts = {size: _spawn.Barrier(size) for size in (1, MANY)}
        rounds = [(1, True), (MANY, True), (MANY, False)]
        head = f"{'deployments':>11} {'budget':<7}{'to':<10}{'wall, s':>9}{'calls':>7}{'throttled':>10}"
        print(f"{head}{'as wanted':>11}{'longest RollBack, s':>21}")
        number = 0
        for size, budget in rounds:
            workers = [
                _spawn.Process(
                    target=work,
                    args=(environment, quota, tasks, results, starts[size]),
                    daemon=True,
                )
                for _ in range(size)
            ]
            for worker in workers:
                worker.start()
            for name, ends in ENDS.items():
                quota.begin()
                for _ in workers:
                    number += 1
                    tasks.put((number, ends, budget))
                found = [results.get() for _ in workers]
                wall = max(e["ended"] for e in found) - min(e["began"] for e in found)
                print(
                    f"{size:>11} {'yes' if budget else 'no':<7}{name:<10}{wall:>9.1f}"
                    f"{quota.calls.value:>7}{quota.throttled.value:>10}"
                    f"{sum(e['as wanted'] for e in found):>11}{max(e['back'] for e in found):>21.1f}",
                    flush=True,
                )
                for why in sorted({e["why"] for e in found if not e["as wanted"]}):
                    print(f"    {why[:150]}")
            for _ in workers:
                tasks.put(None)
            for worker in workers:
                worker.join()


if __name__ == "__main__":
    main()
