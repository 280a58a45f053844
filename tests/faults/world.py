"""A service on the embedded AWS in this process, its machine, and the wire between them."""

import importlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from random import Random
from typing import Any, Literal
from unittest.mock import patch

from engine import PHASES, LambdaDied, Run, engine
from in_process import in_process
from moto.core import DEFAULT_ACCOUNT_ID
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.parser.utils import TMP_THREADS
from service import Service, zipped
from states import States

from handlers.listeners import recover, start_next, sweep
from tests.faults.calls import subject
from tests.faults.clock import Clock
from tests.faults.emulated import Emulated
from tests.faults.machine import FaultyEngine
from tests.faults.meanwhile import Meanwhile
from tests.faults.serial import SerialPool
from tests.faults.told import Told
from tests.faults.tools import WiredTools
from tests.faults.wire import Wire

POOLS = (
    "handlers.adapters.functions.facts",
    "handlers.adapters.functions.flips",
    "handlers.provision_green",
    "handlers.rolling_back.go_back",
    "handlers.rolling_back.blue_seen",
    "handlers.rolling_back.wake",
    "handlers.planning.wholeness",
    "handlers.verifying.runner",
    "handlers.verifying.warming",
)
RETRIER = "moto.stepfunctions.parser.asl.component.common.retry.retrier_decl.time"
"""moto sleeps between two tries of a state; a private name, as that in `in_process`."""
Listener = Literal["recover", "start_next", "sweep"]
HANDLERS: Mapping[Listener, Callable[[Mapping[str, Any], Any], object]] = {
    "recover": lambda event, context: recover.handler(event, context),
    "start_next": lambda event, context: start_next.handler(event, context),
    "sweep": lambda event, context: sweep.handler(event, context),
}
MOST_EXECUTIONS = 8
LISTENER_TRIES = 3
"""How often Lambda calls a function in all that EventBridge has started."""


class _Unhurried:
    """What Lambda tells a function of its time."""

    def get_remaining_time_in_millis(self) -> int:
        return sweep.EVERY_SECONDS * 1000


class World:
    """Everything that a run needs, made once in a process."""

    def __init__(self, aws: Emulated, states: States, clock: Clock) -> None:
        self.aws, self.clock, self.states = aws, clock, states
        self.wire = Wire()
        self.service = Service(aws, "shop", {"api": "entry", "worker": "consumer"})
        self.told = Told()
        self.started: list[str] = []
        """What the listener on duty has started, whether it has heard of it or not."""
        self.undelivered: list[tuple[Listener, Run]] = []
        self.meanwhile = Meanwhile(self)
        self.queues = False
        """Whether a listener starts what waits when one has ended."""
        self.put_back = False
        """Whether somebody has taken green's traffic away."""
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

    def move(self) -> None:
        """What somebody in Lambda's console does to an alias: the seed serves all of it."""
        self.service.point("api", "1")

    def undo(self) -> None:
        """What they do who see green fail, and do not wait for Greenshift: 1.0.0 serves all of it."""
        self.put_back = self.service.live()["api"] != {"version": "2", "weights": {}}
        self.service.point("api", "2")

    def delete(self) -> None:
        """What they do who take an alias for one that nobody needs."""
        self.service.lambda_.delete_alias(FunctionName=self.service.function("api"), Name="live")

    def change(self) -> None:
        """What a stack's update, or somebody in Lambda's console, does to every function."""
        for key in self.service.kinds:
            name, lambda_ = self.service.function(key), self.service.lambda_
            lambda_.update_function_code(FunctionName=name, ZipFile=zipped("# of somebody else"))
            while (
                lambda_.get_function(FunctionName=name)["Configuration"]["LastUpdateStatus"]
                != "Successful"
            ):
                continue
            environment = {"Variables": {"FLAG": "of somebody else", "STACK": "new"}}
            lambda_.update_function_configuration(FunctionName=name, Environment=environment)

    def follow(self, *runs: Run, under_way: int = 0) -> list[Run]:
        """Has the listeners hear of these ends, and of the ends of what they start; all of them in
        order. `under_way` are Lambdas that stand still meanwhile.
        """
        found = list(runs)
        for run in found:
            self.machine.settle_awake(self.wire.sleepers, under_way)
            heard = [self.tell_the_rule(run)]
            if self.queues:
                heard.append(self.tell("start_next", run))
            if len(found) <= MOST_EXECUTIONS:
                found += [end for end in heard if end is not None]
        return found

    def tell_the_rule(self, run: Run) -> Run | None:
        """What EventBridge and the recovery rule do when an execution has ended; the recovery's
        end, if there is one.
        """
        return None if run.status == "SUCCEEDED" else self.tell("recover", run)

    def tell(self, listener: Listener, run: Run) -> Run | None:
        """Tells a listener of an end, as often as Lambda does; the end of what it starts. What could
        not be handled lies in the queue of undelivered events.
        """
        self.started = []
        event = {"detail": {"executionArn": run.arn, "status": run.status}}
        for _ in range(LISTENER_TRIES):
            if self._listens(listener, event, run.arn):
                break
        else:
            self.undelivered.append((listener, run))
        return next(iter(self._ends()), None)

    def sweep(self) -> tuple[list[Run], bool]:
        """Five minutes later the sweep comes: how what it has started ended, and whether it came to
        its own end.
        """
        self.clock.pass_by(sweep.EVERY_SECONDS)
        self.started = []
        came_through = self._listens("sweep", {}, "")
        return self._ends(), came_through

    def _listens(self, listener: Listener, event: Mapping[str, Any], execution: str) -> bool:
        with self.wire.on_duty(listener, execution):
            try:
                answer = HANDLERS[listener](event, _Unhurried())
            except (Exception, LambdaDied):  # noqa: BLE001 - Lambda calls it again
                return False
        return not (isinstance(answer, Mapping) and answer.get("failed"))

    def _ends(self) -> list[Run]:
        return [self.machine.wait(each) for each in dict.fromkeys(self.started)]

    def forget_executions(self) -> None:
        """moto keeps every execution with its history, and the threads of those that are over."""
        backend = stepfunctions_parser_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
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
        stack.enter_context(patch("os.urandom", Random(7).randbytes))
        stack.enter_context(patch("handlers.listeners.sweep.sign", lambda *_: None))
        for phase in (*PHASES.values(), *(f"listeners.{name}" for name in HANDLERS)):
            module = importlib.import_module(f"handlers.{phase}")
            stack.enter_context(patch.object(module, "tools", found.tools))
        found.machine = stack.enter_context(
            engine(states, found.service.name, made=lambda *made: FaultyEngine(*made, found))
        )
        found.wire.stop = found.machine.stop
        found.wire.people = {
            "hand": found.change,
            "moved": found.move,
            "undone": found.undo,
            "gone": found.delete,
        }
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
