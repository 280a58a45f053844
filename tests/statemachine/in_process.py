"""moto's interpreter, in this process."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from states import Invoke, States

# A private name of moto: where it moves, every test here fails at once and says so.
INVOKE = (
    "moto.stepfunctions.parser.asl.component.state.exec.state_task"
    ".lambda_eval_utils._invoke_lambda_function"
)


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

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.describe_execution(executionArn=executionArn)
        return {**found, "status": "ABORTED"} if executionArn in self._stopped else found


@contextmanager
def in_process() -> Iterator[States]:
    """moto's Step Functions; every other AWS call goes to the emulator."""
    services = (
        "sqs",
        "dynamodb",
        "lambda",
        "s3",
        "ssm",
        "cloudwatch",
        "monitoring",
        "secretsmanager",
        "logs",
        "apigateway",
    )
    config: Any = {
        "stepfunctions": {"execute_state_machine": True},
        "core": {"mock_credentials": False, "passthrough": {"services": [*services, "rds"]}},
    }
    with mock_aws(config=config):
        url = "https://states.us-east-1.amazonaws.com"
        yield InProcess(boto3.client("stepfunctions", endpoint_url=url))
