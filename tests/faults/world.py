"""A service on the embedded AWS in this process, its machine, and the wire between them."""

import importlib
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from random import Random
from typing import Any
from unittest.mock import patch

from engine import PHASES, LambdaDied, Run, engine
from in_process import in_process
from moto.core import DEFAULT_ACCOUNT_ID
from moto.stepfunctions.models import stepfunctions_backends
from moto.stepfunctions.parser.utils import TMP_THREADS
from service import Service
from states import States

from handlers.listeners import recover
from tests.faults.calls import subject
from tests.faults.clock import Clock
from tests.faults.emulated import Emulated
from tests.faults.machine import FaultyEngine
from tests.faults.parsed_once import parsed_once
from tests.faults.serial import SerialPool
from tests.faults.told import Told
from tests.faults.tools import WiredTools
from tests.faults.wire import Wire

POOLS = (
    "handlers.adapters.functions.facts",
    "handlers.adapters.functions.flips",
    "handlers.provision_green",
    "handlers.go_back",
    "handlers.restore",
    "handlers.wake",
    "handlers.planning.wholeness",
    "handlers.verifying.runner",
    "handlers.verifying.warming",
)
RETRIER = "moto.stepfunctions.parser.asl.component.common.retry.retrier_decl.time"
"""moto sleeps between two tries of a state; a private name, as that in `in_process`."""
LISTENER_TRIES = 3
"""How often Lambda calls a function in all that EventBridge has started."""


class World:
    """Everything that a run needs, made once in a process."""

    def __init__(self, aws: Emulated, states: States, clock: Clock) -> None:
        self.aws, self.clock, self.states = aws, clock, states
        self.wire = Wire()
        self.service = Service(aws, "shop", {"api": "entry", "worker": "consumer"})
        self.told = Told()
        self.started: str | None = None
        """The recovery that the listener started last, whether it has heard of it or not."""
        self.undelivered: list[Run] = []
        self.login = ""
        """The ARN of the migrator's secret."""
        self.tools = WiredTools(self)
        self.machine: FaultyEngine
        self.stack = ExitStack()
        """What ends with the world."""

    @cache  # noqa: B019 - one world a process
    def wired(self, service: str, **_limits: int) -> Any:
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
                    self.told.answer(operation, parameters) or make(operation, dict(parameters))
                )
                return answers[-1]

            about = subject(operation, parameters).replace(f"{self.service.name}-", "")
            return self.wire.pass_on(service, operation, about, perform, parameters)

        client._make_api_call = call
        client.upload_fileobj = lambda body, bucket, key: client.put_object(
            Bucket=bucket, Key=key, Body=body.read()
        )
        return client

    def tell_the_rule(self, run: Run) -> Run | None:
        """What EventBridge and the recovery rule do when an execution has ended; the recovery's
        end, if there is one. What could not be handled lies in the queue of undelivered events.
        """
        if run.status == "SUCCEEDED":
            return None
        detail, self.started = {"executionArn": run.arn, "status": run.status}, None
        for _ in range(LISTENER_TRIES):
            with self.wire.on_duty("recover", run.arn):
                try:
                    recover.handler({"detail": detail}, None)
                except (Exception, LambdaDied):  # noqa: BLE001 - Lambda calls it again
                    continue
            break
        else:
            self.undelivered.append(run)
        return self.machine.wait(self.started) if self.started else None

    def forget_executions(self) -> None:
        """moto keeps every execution with its history, and the threads of those that are over."""
        backend = stepfunctions_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
        for machine in backend.state_machines:
            machine.executions.clear()
        TMP_THREADS[:] = [thread for thread in TMP_THREADS if thread.is_alive()]


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
