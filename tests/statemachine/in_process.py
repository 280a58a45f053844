"""moto's interpreter, in this process."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from parsed_once import parsed_once
from states import Invoke, States, names_of

# Private names of moto: where one moves, every test here fails at once and says so.
_ASL = "moto.stepfunctions.parser.asl.component"
INVOKE = f"{_ASL}.state.exec.state_task.lambda_eval_utils._invoke_lambda_function"
WAIT = f"{_ASL}.state.wait.wait_function.wait_function.WaitFunction._wait_interval"
RETRY = f"{_ASL}.common.retry.retrier_decl.time"
BRISK = 0.1
"""Of the seconds that a Wait or a Retry names, how much this interpreter waits: a machine that is
looked at sooner ends with the same answer, and no test is about how long Step Functions sleeps.
"""


class InProcess(States):
    """moto's Step Functions, where an execution that was stopped is over at once, as on AWS: moto
    lets it run until the Lambda that is under way has answered.
    """

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self._stopped: set[str] = set()

    def calling(self, invoke: Invoke) -> AbstractContextManager[Any]:
        return patch(INVOKE, invoke)

    def stop_execution(self, *, executionArn: str, **more: Any) -> Any:
        self._stopped.add(executionArn)
        return self._client.stop_execution(executionArn=executionArn, **more)

    # By the backend itself: moto takes longer to write an execution out than the phases to run.
    def runs(self, execution: str) -> bool:
        return execution not in self._stopped and self._known(execution).status == "RUNNING"

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.describe_execution(executionArn=executionArn)
        return {**found, "status": "ABORTED"} if executionArn in self._stopped else found

    def entered(self, execution: str) -> list[str]:
        return names_of(self._known(execution).to_history_output()["events"])

    @staticmethod
    def _known(execution: str) -> Any:
        account = execution.split(":")[4]
        return stepfunctions_parser_backends[account]["us-east-1"].describe_execution(execution)


@contextmanager
def in_process(*, pace: float = BRISK) -> Iterator[States]:
    """moto's Step Functions; every other AWS call goes to the emulator. It waits `pace` times what
    the machine says.
    """

    def wait(state: Any, env: Any, wait_seconds: float) -> None:
        env.program_state_event.wait(wait_seconds * pace)

    config: Any = {
        "stepfunctions": {"execute_state_machine": True},
        "core": {"mock_credentials": False, "passthrough": {"urls": [r"http://127\.0\.0\.1[:/]"]}},
    }
    retry = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds * pace))
    with mock_aws(config=config), parsed_once(), patch(WAIT, wait), patch(RETRY, retry):
        url = "https://states.us-east-1.amazonaws.com"
        yield InProcess(boto3.client("stepfunctions", endpoint_url=url))
