"""Two emulators for the session, one as MiniStack is and one corrected, and what to do with them."""

import io
import json
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.local.environment import Environment, embedded

ROLE = "arn:aws:iam::000000000000:role/any"


class Lab:
    """An emulator and short words for what the tests do with it. Every name that it makes is new."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._clients: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.environment.client(service)
        return self._clients[service]

    @staticmethod
    def name() -> str:
        return f"t-{uuid.uuid4().hex[:12]}"

    @staticmethod
    def bundle(code: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            # A fixed time: the same code is the same zip, however long a test takes.
            archive.writestr(zipfile.ZipInfo("app.py"), code)
        return buffer.getvalue()

    def function(self, code: str, **settings: Any) -> str:
        name = self.name()
        self["lambda"].create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=ROLE,
            Handler=settings.pop("Handler", "app.handler"),
            Code={"ZipFile": self.bundle(code)},
            **{"Timeout": 5, **settings},
        )
        return name

    def upload(self, name: str, code: str) -> None:
        self["lambda"].update_function_code(FunctionName=name, ZipFile=self.bundle(code))

    def weighted(self, code: str, weight: float) -> tuple[str, str]:
        """A function with versions 1 and 2 behind `live`; its name and the alias's ARN."""
        name = self.function(code)
        self["lambda"].publish_version(FunctionName=name)
        self.upload(name, f"{code}\n# second")
        self["lambda"].publish_version(FunctionName=name)
        alias = self["lambda"].create_alias(
            FunctionName=name,
            Name="live",
            FunctionVersion="1",
            RoutingConfig={"AdditionalVersionWeights": {"2": weight}},
        )
        return name, alias["AliasArn"]

    def invoke(self, name: str, event: Any = None, **options: Any) -> dict[str, Any]:
        answer = self["lambda"].invoke(
            FunctionName=name, Payload=json.dumps(event or {}), **options
        )
        body = answer["Payload"].read()
        return {**answer, "Payload": json.loads(body) if body else None}

    def metric(
        self, namespace: str, name: str, dimensions: dict[str, str], stat: str, period: int = 60
    ) -> list[float]:
        now = time.time()
        metric = {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        wanted = {"Metric": metric, "Period": period, "Stat": stat}
        answer = self["cloudwatch"].get_metric_data(
            StartTime=now - 7200,
            EndTime=now + 60,
            MetricDataQueries=[{"Id": "q", "MetricStat": wanted}],
        )
        return list(answer["MetricDataResults"][0]["Values"])

    def total(self, name: str, metric: str, **dimensions: str) -> float:
        every = {"FunctionName": name, **dimensions}
        return sum(self.metric("AWS/Lambda", metric, every, "Sum"))

    def machine(self, definition: dict[str, Any], **settings: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self["stepfunctions"].create_state_machine(
            name=self.name(), definition=json.dumps(definition), roleArn=ROLE, **settings
        )
        return answer

    def ended(self, execution_arn: str) -> dict[str, Any]:
        def look() -> Any:
            found = self["stepfunctions"].describe_execution(executionArn=execution_arn)
            return found if found["status"] != "RUNNING" else None

        return dict(self.poll(look))

    def run(self, definition: dict[str, Any], document: Any = None) -> dict[str, Any]:
        arn = self.machine(definition)["stateMachineArn"]
        started = self["stepfunctions"].start_execution(
            stateMachineArn=arn, input=json.dumps(document or {})
        )
        return self.ended(started["executionArn"])

    def queue(self) -> tuple[str, str]:
        url = self["sqs"].create_queue(QueueName=self.name())["QueueUrl"]
        found = self["sqs"].get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def messages(self, url: str) -> list[Any]:
        found = self["sqs"].receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        for message in found.get("Messages", []):
            self["sqs"].delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]

    @staticmethod
    def poll(look: Callable[[], Any], seconds: float = 20) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"not seen within {seconds} s")

    def versions(self, calls: Callable[[], str], times: int) -> Counter[str]:
        return Counter(calls() for _ in range(times))


@pytest.fixture(scope="session")
def stock() -> Iterator[Lab]:
    with embedded(database=False, stock=True) as environment:
        yield Lab(environment)


@pytest.fixture(scope="session")
def corrected() -> Iterator[Lab]:
    with embedded(database=False) as environment:
        yield Lab(environment)
