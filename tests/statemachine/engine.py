"""The state machine on an interpreter, calling the real handlers in this process.

Their AWS is the emulator.
"""

import importlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from states import States

from handlers.adapters.executions import Executions
from handlers.listeners import recover, start_next

ASL = Path(__file__).parents[2] / "statemachine" / "deployment.asl.json"
PHASES = {
    "PlanArn": "plan",
    "ProvisionGreenArn": "provision_green",
    "MigrateSchemaArn": "migrate_schema",
    "VerifyGreenArn": "verify_green",
    "RunHooksArn": "run_hooks",
    "ShiftTrafficArn": "shift_traffic",
    "BakeArn": "bake",
    "FinalizeArn": "finalize",
    "RollBackArn": "roll_back",
}
ENDS = ("Released", "NothingToDo", "RolledBack", "Rejected", "NeedsAttention")
_PAUSE = 0.02
Intercept = Callable[[str, Mapping[str, Any]], None]
"""Called with a phase's name and its document before the handler; what it raises the phase raises."""


@dataclass(frozen=True, slots=True)
class Run:
    """How an execution ended: its status, the Fail state's error, its answer, and the states entered."""

    arn: str
    status: str
    error: str | None
    answer: dict[str, Any]
    states: list[str]

    def __repr__(self) -> str:
        return f"<{self.end}: {self.answer.get('reason', self.answer)}; {', '.join(self.states)}>"

    @property
    def end(self) -> str:
        """The state that ended it; the status where none did."""
        return self.states[-1] if self.states and self.states[-1] in ENDS else self.status


class LambdaDied(BaseException):
    """What Step Functions sees of a Lambda that could not answer: a name of AWS's, with a dot. No
    handler can catch it.
    """

    def __init__(self, name: str) -> None:
        self.lambda_name = name
        super().__init__("the answer was lost")


class Engine:
    """Starts executions of one service's machine and waits for their end."""

    def __init__(self, states: States, machine: str) -> None:
        self._states, self._machine = states, machine
        self.before: Intercept = lambda phase, document: None
        self.after: Intercept = lambda phase, document: None
        self._under_way = 0
        self._quiet = threading.Condition()
        self.calls: list[str] = []
        """The phases that were called, in order, every try of them."""

    @property
    def account(self) -> str:
        """The account that the interpreter says it is in."""
        return self._machine.split(":")[4]

    def invoke(self, parameters: dict[str, Any], **_: Any) -> dict[str, Any]:
        """What the interpreter calls in place of Lambda's Invoke."""
        phase = parameters["FunctionName"].rpartition(":")[2]
        document = json.loads(parameters["Payload"])
        module = importlib.import_module(f"handlers.{phase}")
        self.calls.append(phase)
        with self._quiet:
            self._under_way += 1
        try:
            self.before(phase, document)
            payload = json.loads(json.dumps(module.handler(document, None)))
            self.after(phase, document)
        except (Exception, LambdaDied) as error:  # noqa: BLE001 - Lambda answers each as its class's name
            name = getattr(error, "lambda_name", type(error).__name__)
            payload = {"errorType": name, "errorMessage": str(error)}
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": payload}
        finally:
            with self._quiet:
                self._under_way -= 1
                self._quiet.notify_all()
        return {"StatusCode": 200, "Payload": payload}

    def call(self, phase: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Calls one phase with a document, as a state would; answers its section, or its error."""
        parameters = {"FunctionName": f"::{phase}", "Payload": json.dumps(document)}
        return dict(self.invoke(parameters)["Payload"])

    def start(self, request: object, name: str) -> str:
        """Starts an execution and answers its ARN."""
        started = self._states.start_execution(
            stateMachineArn=self._machine, name=name, input=json.dumps(request)
        )
        return str(started["executionArn"])

    def wait(self, execution: str, seconds: float = 60) -> Run:
        """Waits until the execution has ended."""
        deadline = time.monotonic() + seconds
        while self._states.runs(execution):
            assert time.monotonic() < deadline, (
                f"{execution} is still running: {self._states.entered(execution)}"
            )
            time.sleep(_PAUSE)
        found = self._states.describe_execution(executionArn=execution)
        text = found.get("output") or found.get("cause") or "{}"
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"text": text}
        return Run(
            execution, found["status"], found.get("error"), answer, self._states.entered(execution)
        )

    def run(self, request: object, name: str | None = None) -> Run:
        """Starts an execution and waits for its end."""
        return self.wait(self.start(request, name or f"run-{time.time_ns()}"))

    def recover(self, run: Run) -> Run | None:
        """What the recovery rule does at the end of the execution; the recovery's own end, if there is one."""
        found = self._states.describe_execution(executionArn=run.arn)
        detail = {"executionArn": run.arn, "status": found["status"]}
        started = recover.handler({"detail": detail}, None)["started"]
        return self.wait(started) if started else None

    def next(self, run: Run) -> Run | None:
        """What the listener for queues does at the end of the execution; the end of what it starts, if it
        starts anything.
        """
        detail = {"executionArn": run.arn, "status": run.status}
        started = start_next.handler({"detail": detail}, None)["started"]
        return self.wait(started) if started else None

    def settle(self) -> None:
        """Waits until no Lambda is under way: that of a stopped execution runs on to its own end."""
        with self._quiet:
            assert self._quiet.wait_for(lambda: not self._under_way, 60)

    def stop(self, execution: str) -> None:
        """Stops an execution as the console does: no Catch of it runs."""
        self._states.stop_execution(executionArn=execution, error="Stopped", cause="by a test")


def definition(service: str, *, waiting: bool) -> str:
    """The shipped machine with the phases' names for ARNs and without the long pauses between tries.

    Unless `waiting`, it observes without a pause.
    """
    text = ASL.read_text().replace("${Service}", service)
    for placeholder, phase in PHASES.items():
        arn = f"arn:aws:lambda:us-east-1:000000000000:function:{phase}"
        text = text.replace(f"${{{placeholder}}}", arn)
    machine = json.loads(text)
    for state in machine["States"].values():
        for retrier in state.get("Retry", []):
            if "IntervalSeconds" in retrier:
                retrier |= {"IntervalSeconds": 1, "BackoffRate": 1.0}
    if not waiting:
        for name in ("Observe", "WatchMeanwhile"):
            pause = machine["States"][name]
            del pause["SecondsPath"]
            pause["Seconds"] = 0
    return json.dumps(machine)


@contextmanager
def engine(
    states: States,
    service: str,
    *,
    waiting: bool = False,
    made: Callable[[States, str], Engine] = Engine,
) -> Iterator[Engine]:
    """One machine of the service, whose tasks call the handlers; `made` makes what runs it."""
    machine = states.create_state_machine(
        name=f"greenshift-{service}",
        definition=definition(service, waiting=waiting),
        roleArn="arn:aws:iam::000000000000:role/greenshift",
    )
    found = made(states, machine["stateMachineArn"])
    with (
        states.calling(found.invoke),
        patch("handlers.adapters.tools.Tools.executions", Executions(states)),
    ):
        yield found
