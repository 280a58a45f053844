"""A service on the embedded AWS in this process, its machine, and the wire between them."""

import importlib
import io
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cache, cached_property
from random import Random
from typing import Any
from unittest.mock import patch

from engine import PHASES, Engine, Run, engine
from in_process import in_process
from moto.core import DEFAULT_ACCOUNT_ID
from moto.stepfunctions.models import stepfunctions_backends
from service import Service
from states import States

from handlers.adapters.executions import Executions
from handlers.adapters.functions.aliases import Aliases
from handlers.adapters.functions.flips import Flips
from handlers.adapters.functions.functions import Functions
from handlers.adapters.functions.pace import Pace
from handlers.adapters.tools import Tools
from handlers.listeners import recover
from tests.faults.calls import ANSWER, INVOCATION, subject
from tests.faults.clock import Clock
from tests.faults.emulated import Emulated
from tests.faults.parsed_once import parsed_once
from tests.faults.serial import SerialPool
from tests.faults.wire import Sleeper, Wire

POOLS = (
    "handlers.adapters.functions.facts",
    "handlers.adapters.functions.flips",
    "handlers.provision_green",
    "handlers.restore",
    "handlers.verify_green",
)
RETRIER = "moto.stepfunctions.parser.asl.component.common.retry.retrier_decl.time"
"""moto sleeps between two tries of a state; a private name, as that in `in_process`."""
LISTENER_TRIES = 3
"""How often Lambda calls a function in all that EventBridge has started."""
_SECOND = timedelta(seconds=1)


class WiredTools(Tools):
    """The handlers' adapters on clients whose calls pass the wire, and on a clock that does not
    sleep."""

    def __init__(self, world: "World") -> None:
        self._world = world

    @cached_property
    def aliases(self) -> Aliases:
        clock = self._world.clock
        return Aliases(self._world.wired("lambda"), Pace(clock.monotonic, clock.sleep))

    @cached_property
    def flips(self) -> Flips:
        return Flips(self.aliases, self.claims, self._world.clock.time)

    @cached_property
    def functions(self) -> Functions:
        return Functions(self._world.wired("lambda"), self._world.clock.sleep)

    @cached_property
    def executions(self) -> Executions:
        return Executions(WiredStates(self._world))


class WiredStates:
    """Step Functions' client, each call of which passes the wire."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        operation = "".join(part.title() for part in name.split("_"))
        call = getattr(self._world.states, name)
        return lambda **parameters: self._world.wire.pass_on(
            "stepfunctions", operation, "-", lambda: call(**parameters)
        )


class FaultyEngine(Engine):
    """The machine, whose Lambdas are on the wire's duty while they run."""

    poll = 0.01

    def __init__(self, states: States, machine: str, world: "World") -> None:
        super().__init__(states, machine)
        self._world, self._wire = world, world.wire
        self.before, self.after = self._invoked, self._answered

    def invoke(self, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
        try:
            return super().invoke(parameters, **more)
        finally:
            self._wire.leave()

    def settle_awake(self, sleepers: Sequence[Sleeper]) -> None:
        """Waits until no Lambda is under way but those that sleep."""
        with self._quiet:
            assert self._quiet.wait_for(lambda: self._under_way <= len(sleepers), 60)

    def _invoked(self, phase: str, document: Mapping[str, Any]) -> None:
        self._wire.enter(phase, document["execution"])
        if phase == "bake":
            self._world.clock.pass_by(10)
        self._wire.pass_on("phase", INVOCATION, "-", lambda: None)

    def _answered(self, phase: str, document: Mapping[str, Any]) -> None:
        self._wire.pass_on("phase", ANSWER, "-", lambda: None)


class World:
    """Everything that a run needs, made once in a process."""

    def __init__(self, aws: Emulated, states: States, clock: Clock) -> None:
        self.aws, self.clock, self.states = aws, clock, states
        self.wire = Wire()
        self.service = Service(aws, "shop", {"api": "entry", "worker": "consumer"})
        self.failing: Mapping[str, str] = {}
        """By version, how the green of it answers; others answer well."""
        self.counts: Mapping[str, int] = {}
        """By version, failures that CloudWatch tells of it, of a thousand requests."""
        self.counted_from = 0.5
        """The share of green from which on it tells them."""
        self.share = 0.0
        """The share of green at the last move of an alias."""
        self.login = ""
        """The ARN of the migrator's secret."""
        self.tools = WiredTools(self)
        self.machine: FaultyEngine
        self.stack = ExitStack()
        """What ends with the world."""

    @cache  # noqa: B019 - one world a process
    def wired(self, service: str, read_timeout: int = 20) -> Any:
        """The client of a service, each call of which passes the wire."""
        client = self.aws.client(service)
        make = client._make_api_call

        def call(operation: str, parameters: dict[str, Any]) -> Any:
            answers: list[Any] = []

            def perform() -> Any:
                if answers and operation == "TransactWriteItems":
                    # botocore repeats it with its token, and DynamoDB the answer.
                    return answers[0]
                answers.append(
                    self._answer(operation, parameters) or make(operation, dict(parameters))
                )
                return answers[-1]

            about = subject(operation, parameters).replace(f"{self.service.name}-", "")
            return self.wire.pass_on(service, operation, about, perform, parameters)

        client._make_api_call = call
        client.upload_fileobj = lambda body, bucket, key: client.put_object(
            Bucket=bucket, Key=key, Body=body.read()
        )
        return client

    def _answer(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """What no emulator answers here: a version that is called, and what CloudWatch counted."""
        if operation == "Invoke":
            version = parameters["Qualifier"]
            status = 500 if version in self.failing else 200
            payload = json.dumps({"statusCode": status, "body": "{}"}).encode()
            return {"StatusCode": 200, "ExecutedVersion": version, "Payload": io.BytesIO(payload)}
        if operation == "GetMetricData":
            return {
                "MetricDataResults": [
                    self._counted(each, parameters) for each in parameters["MetricDataQueries"]
                ]
            }
        return None

    def _counted(self, query: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        metric = query["MetricStat"]["Metric"]
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        version = dimensions.get("ExecutedVersion")
        known = metric["MetricName"] in ("Invocations", "Errors") and version in self.counts
        known = known and self.share >= self.counted_from
        found = {"Id": query["Id"], "Timestamps": [], "Values": []}
        if known:
            failed = self.counts[str(version)]
            value = 1000 if metric["MetricName"] == "Invocations" else failed
            start = parameters["StartTime"]
            found |= {
                "Timestamps": [start + 3 * _SECOND, start + 4 * _SECOND],
                "Values": [value, value],
            }
        return found

    def tell_the_rule(self, run: Run) -> Run | None:
        """What EventBridge and the recovery rule do when an execution has ended; the recovery's
        end, if there is one.
        """
        if run.status == "SUCCEEDED":
            return None
        detail = {"executionArn": run.arn, "status": run.status}
        for _ in range(LISTENER_TRIES):
            with self.wire.on_duty("recover", run.arn):
                try:
                    started = recover.handler({"detail": detail}, None)["started"]
                except Exception:  # noqa: BLE001 - Lambda calls it again
                    continue
                except BaseException as died:
                    if type(died).__name__ != "LambdaDied":
                        raise
                    continue
            return self.machine.wait(started) if started else None
        return None

    def forget_executions(self) -> None:
        """moto keeps every execution with its history."""
        backend = stepfunctions_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
        for machine in backend.state_machines:
            machine.executions.clear()


@contextmanager
def world() -> Iterator[World]:
    """A world, and this process as it was when the block is left."""
    logging.disable(logging.CRITICAL)
    before = dict(os.environ)
    aws, clock = _emulated(), Clock()
    os.environ.update(aws.environment)
    with ExitStack() as stack:
        states = stack.enter_context(in_process())
        aws.provide()
        found = World(aws, states, clock)
        for pool in POOLS:
            stack.enter_context(patch(f"{pool}.ThreadPoolExecutor", SerialPool))
        stack.enter_context(patch("handlers.adapters.tools.client", found.wired))
        stack.enter_context(patch("handlers.adapters.clock.time", clock))
        stack.enter_context(patch(RETRIER, clock))
        stack.enter_context(parsed_once())
        stack.enter_context(patch("os.urandom", Random(7).randbytes))
        for phase in (*PHASES.values(), "listeners.recover"):
            module = importlib.import_module(f"handlers.{phase}")
            stack.enter_context(patch.object(module, "tools", found.tools))
        found.machine = stack.enter_context(
            engine(states, found.service.name, made=lambda *made: FaultyEngine(*made, found))
        )
        found.wire.stop = found.machine.stop
        try:
            with found.stack:
                yield found
        finally:
            os.environ.clear()
            os.environ.update(before)
            logging.disable(logging.NOTSET)


@cache
def _emulated() -> Emulated:
    return Emulated()
