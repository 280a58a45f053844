"""A service of sixty functions on a Lambda whose control plane takes 15 calls a second, as AWS's does:
it shifts, fails in its bake, and goes back, and no call of it is throttled.
"""

import importlib
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSResponse
from engine import PHASES, Engine
from invariants import assert_invariants
from service import GOOD, Service

from handlers.adapters.aws import new_client
from handlers.adapters.functions.budget import Budget
from handlers.adapters.tools import Tools
from handlers.domain.budget.budget import FIRST_RATE, QUOTA, RATE, is_counted
from handlers.domain.bundle.pack import write_bundle

FUNCTIONS = 60


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self._lock = 1_795_000_000.0, threading.Lock()

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Who waits for the same moment has waited together."""
        wakes = self.now + seconds
        with self._lock:
            self.now = max(self.now, wakes)


class Throttling:
    """Lambda's quota in front of the emulator: what is past it is answered as AWS answers it."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._left, self._at = float(QUOTA), clock.now
        self.called, self.throttled = Counter[str](), 0

    def client(self, service: str) -> Any:
        """What the handlers get for a client of their own."""
        made = new_client(service)
        made.meta.events.register_first("before-send.lambda", self._send)
        return made

    def _send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        if not is_counted(operation):
            return None
        with self._lock:
            self.called[operation] += 1
            now = self._clock.now
            self._left = min(QUOTA, self._left + (now - self._at) * QUOTA) - 1
            self._at = now
            if self._left >= 0:
                return None
            self._left += 1
            self.throttled += 1
        return AWSResponse(request.url, 429, _RATE_EXCEEDED, _Body())


_RATE_EXCEEDED: Mapping[str, str] = {"x-amzn-errortype": "TooManyRequestsException"}


class _Body:
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield b'{"message": "Rate exceeded"}'


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttling(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Throttling]:
    """Each phase has an environment of its own, on that clock, before that quota."""
    monkeypatch.setenv("GREENSHIFT_LAMBDA_RATE", str(RATE))
    found = Throttling(clock)
    with ExitStack() as stack:
        budget = partial(Budget, clock=clock.time, sleep=clock.sleep)
        stack.enter_context(patch("handlers.adapters.tools.Budget", budget))
        stack.enter_context(patch("handlers.adapters.tools.new_client", found.client))
        for phase in PHASES.values():
            module = importlib.import_module(f"handlers.{phase}")
            tools = Tools(first=phase == "roll_back")
            stack.enter_context(patch.object(module, "tools", tools))
        yield found


def published(service: Service) -> bytes:
    """A bundle of versions that the user's own pipeline has published: nothing is waited for."""
    toml = f'format = 1\nservice = "{service.name}"\nrelease = "1.0.0"\n'
    for key in service.kinds:
        toml += f"[functions.{key}]\nversion = {service.publish(key, GOOD)}\n"
    buffer = io.BytesIO()
    plan = '[shift]\nplan = "steps(50@1, 100@1)"\n[bake]\nstratumSeconds = 1\nsettleSeconds = 1\n'
    write_bundle({"release.toml": (toml + plan).encode()}, buffer)
    return buffer.getvalue()


def test_sixty_functions_shift_and_go_back_and_nothing_is_throttled(
    make: Callable[..., Service],
    machine_of: Callable[[Service], Engine],
    throttling: Throttling,
    clock: Clock,
) -> None:
    service = make(kinds={f"f{number:02}": "entry" for number in range(FUNCTIONS)})
    machine, took = machine_of(service), dict[str, float]()

    def before(phase: str, _: Mapping[str, Any]) -> None:
        took[phase] = -clock.now

    def after(phase: str, _: Mapping[str, Any]) -> None:
        took[phase] += clock.now
        if phase == "bake":
            raise RuntimeError("green is worse than blue")

    machine.before, machine.after = before, after
    service.upload("1.0.0", published(service))
    run = machine.run({"release": "1.0.0"})

    assert run.end == "RolledBack", run
    assert_invariants(service, run)
    assert "green is worse than blue" in run.answer["reason"]
    assert throttling.throttled == 0, throttling.called
    tries = Counter(machine.calls)
    del tries["run_hooks"]
    assert set(tries.values()) == {1}, "no phase had to be tried again"
    assert took["shift_traffic"] == pytest.approx(2 * FUNCTIONS / RATE, abs=2)
    assert took["roll_back"] < 1.2 * FUNCTIONS / FIRST_RATE
    assert throttling.called["UpdateAlias"] == 2 * FUNCTIONS
    assert throttling.called["GetAlias"] == 2 * FUNCTIONS + 10, "a look of the bake sees ten"
    assert throttling.called["ListEventSourceMappings"] < 10, "one listing for all"
