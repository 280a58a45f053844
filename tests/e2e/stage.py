"""`orders` under Greenshift on one embedded environment, with the handles that tests turn."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from pg8000.native import Connection
from variants import Variant
from witness import RATE, Witness

from infra.local.environment import Environment
from infra.local.toolchain import cdk
from infra.sample.bring_up import ROOT, STACKS, Sample, synthesise
from infra.sample.context_keys import SCHEDULE
from statemachine.client import Deployments

FUNCTIONS = {"api": "orders-api", "worker": "orders-worker"}
LONGEST = 150.0
"""Seconds that a deployment may take on a machine that others use as well."""
RUNNING = ("RUNNING", "PENDING_REDRIVE")


@dataclass(frozen=True, slots=True)
class Standing:
    """How `orders` stands: by function the alias' version, weights and revision, and the release."""

    versions: dict[str, str]
    weights: dict[str, dict[str, float]]
    revisions: dict[str, str]
    release: str
    live: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Execution:
    """How an execution ended."""

    arn: str
    status: str
    error: str | None
    answer: dict[str, Any]


class Orders:
    """The service, the bundles to release, the ways in and the ledger."""

    def __init__(self, environment: Environment, sample: Sample, folder: Path) -> None:
        self.environment, self.sample, self._folder = environment, sample, folder
        self.client: Callable[[str], Any] = cache(environment.client)
        self.deployments = Deployments(self.client, poll_seconds=0.2)
        self.bucket = self.deployments.deployer.bucket
        self._table = self.deployments.deployer.table
        self._numbers = itertools.count(1)
        self._migrations: dict[str, bytes] = {}
        self._context = dict(sample.context)

    # Bundles

    def version(self) -> str:
        """A version above every one that was given before."""
        return f"2.{next(self._numbers)}.0"

    def bundle(self, version: str, **variant: Any) -> Path:
        """A bundle of this version; every migration that a test has added so far is in it."""
        migrations = {**self._migrations, **variant.pop("migrations", {})}
        return Variant(migrations=migrations, **variant).write(version, self._folder)

    def migration(self, sql: str) -> dict[str, bytes]:
        """One more expand migration, which all later bundles have as well."""
        number = len(self._migrations) + 3
        self._migrations[f"{number:04}_e2e.expand.sql"] = sql.encode()
        return dict(self._migrations)

    def bundle_migrations(self) -> dict[str, bytes]:
        """What tests have added to the sample's migrations so far."""
        return dict(self._migrations)

    # Ways in

    def drop(self, version: str, bundle: Path) -> dict[str, Any]:
        """Drops a bundle into the bucket, and does no more; answers what the event will say."""
        key = f"releases/orders/{version}.zip"
        put = self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=bundle.read_bytes())
        named = {"key": key, "version-id": put["VersionId"]}
        return {"bucket": {"name": self.bucket}, "object": named}

    def started_by(self, event: dict[str, Any], *, seconds: float = 60) -> str:
        """The execution that the bundle rule started for an upload."""
        wanted = event["object"]["version-id"]
        found = self.until(
            lambda: [
                arn
                for arn, given in self.inputs()
                if isinstance(given, dict)
                and (given.get("object") or {}).get("version-id") == wanted
            ],
            "the upload's event started nothing",
            seconds=seconds,
        )
        return str(found[-1])

    def start(self, request: object) -> str:
        """Starts an execution on the machine's alias with a typed input, as the console does."""
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=f"{self.machine}:live", input=json.dumps(request)
        )
        return str(started["executionArn"])

    @property
    def machine(self) -> str:
        return self.deployments.deployer.machine("orders")

    def inputs(self) -> list[tuple[str, Any]]:
        """The newest executions with their inputs, the newest first."""
        states = self.client("stepfunctions")
        found = states.list_executions(stateMachineArn=self.machine, maxResults=40)["executions"]
        arns = [each["executionArn"] for each in found]
        return [
            (arn, json.loads(states.describe_execution(executionArn=arn)["input"])) for arn in arns
        ]

    def executions(self) -> list[str]:
        """Every execution that there was, the oldest first."""
        pages = self.client("stepfunctions").get_paginator("list_executions")
        found = [
            each
            for page in pages.paginate(stateMachineArn=self.machine)
            for each in page["executions"]
        ]
        return [each["executionArn"] for each in sorted(found, key=lambda each: each["startDate"])]

    # What happens

    def wait(self, execution: str, *, seconds: float = LONGEST) -> Execution:
        """Waits until the execution has ended."""
        states = self.client("stepfunctions")
        deadline = time.monotonic() + seconds
        while (found := states.describe_execution(executionArn=execution))["status"] in RUNNING:
            assert time.monotonic() < deadline, (
                f"{execution} runs on after {seconds:.0f} s: {self.states(execution)[-6:]}"
            )
            time.sleep(0.1)
        text = found.get("output") or found.get("cause") or "{}"
        try:
            told = json.loads(text)
        except ValueError:  # the words of whoever stopped it
            told = {"text": text}
        return Execution(execution, found["status"], found.get("error"), told)

    def release(self, version: str, bundle: Path) -> Execution:
        """Releases a bundle by dropping it into the bucket, and waits for the end."""
        return self.wait(self.started_by(self.drop(version, bundle)))

    def states(self, execution: str) -> list[str]:
        """The states that the execution entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.history(execution)
            if "stateEnteredEventDetails" in event
        ]

    def calls(self, execution: str) -> list[tuple[str, str]]:
        """The Lambdas that the execution called, each as its ARN and its whole input."""
        states = self.client("stepfunctions")
        tasks = _tasks(states.describe_state_machine_for_execution(executionArn=execution))
        entered = [
            event["stateEnteredEventDetails"]
            for event in self.history(execution)
            if "stateEnteredEventDetails" in event
        ]
        return [(tasks[each["name"]], each["input"]) for each in entered if each["name"] in tasks]

    def tasks(self) -> dict[str, str]:
        """By state of the machine, the ARN of the Lambda that it calls."""
        found = self.client("stepfunctions").describe_state_machine(stateMachineArn=self.machine)
        return _tasks(found)

    def history(self, execution: str) -> list[dict[str, Any]]:
        """The execution's events."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history")
        return [
            event for page in pages.paginate(executionArn=execution) for event in page["events"]
        ]

    def reaches(self, execution: str, state: str, *, seconds: float = 60) -> None:
        """Waits until the execution has entered the state; fails at once where it ends before."""
        client = self.client("stepfunctions")

        def reached() -> bool:
            status = client.describe_execution(executionArn=execution)
            found = state in self.states(execution)
            assert found or status["status"] in RUNNING, f"it ended before {state}: {status}"
            return found

        self.until(reached, f"{state} was not reached", seconds=seconds)

    def until(self, found: Callable[[], Any], otherwise: str, *, seconds: float = 60) -> Any:
        """Waits for something that is true and answers it; fails with the sentence."""
        deadline = time.monotonic() + seconds
        while not (answer := found()):
            assert time.monotonic() < deadline, f"{otherwise}, in {seconds:.0f} s"
            time.sleep(0.1)
        return answer

    def witness(self, *, rate: float = RATE, seconds: float = 240) -> Witness:
        """Customers, for so long at most, and an eye on `live`."""
        return Witness(self.environment, self.sample.api_url, rate=rate, seconds=seconds)

    # How it stands

    def standing(self) -> Standing:
        """The aliases and the release of record, now."""
        client = self.client("lambda")
        aliases = {
            key: client.get_alias(FunctionName=name, Name="live") for key, name in FUNCTIONS.items()
        }
        live = self.item("SERVICE#orders", "LIVE") or {}
        return Standing(
            versions={key: each["FunctionVersion"] for key, each in aliases.items()},
            weights={
                key: dict((each.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})
                for key, each in aliases.items()
            },
            revisions={key: each["RevisionId"] for key, each in aliases.items()},
            release=str(live.get("release", "")),
            live=live,
        )

    def published(self, key: str) -> list[str]:
        """The numbers of a function's published versions."""
        pages = self.client("lambda").get_paginator("list_versions_by_function")
        found = [
            each
            for page in pages.paginate(FunctionName=FUNCTIONS[key])
            for each in page["Versions"]
        ]
        return [each["Version"] for each in found if each["Version"] != "$LATEST"]

    def item(self, pk: str, sk: str) -> dict[str, Any] | None:
        """One item of the ledger."""
        found = self.client("dynamodb").get_item(
            TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
        return _plain(found["Item"]) if "Item" in found else None

    def items(self, pk: str, prefix: str = "") -> list[dict[str, Any]]:
        """The ledger's items under a key."""
        found = self.client("dynamodb").query(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)" if prefix else "pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}}
            | ({":sk": {"S": prefix}} if prefix else {}),
        )
        return [_plain(each) for each in found["Items"]]

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """A superuser's connection to the service's database."""
        server = self.environment.database
        assert server is not None
        connection = Connection(
            server.user,
            host=server.host,
            port=server.port,
            database="orders",
            password=server.password,
            timeout=30,
        )
        try:
            yield connection
        finally:
            connection.close()

    def queued(self, name: str) -> int:
        """How many messages a queue holds, those under way included."""
        client = self.client("sqs")
        shown = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = client.get_queue_attributes(
            QueueUrl=client.get_queue_url(QueueName=name)["QueueUrl"], AttributeNames=shown
        )["Attributes"]
        return sum(int(found[each]) for each in shown)

    # The command, and the machine below

    def deploy(self, context: dict[str, str], *words: str) -> None:
        """`cdk deploy` of Greenshift and of orders, again; what the context says lasts from then on."""
        self._context |= context
        with tempfile.TemporaryDirectory(prefix="greenshift-assembly-") as folder:
            synthesise(self.environment, self._context, Path(folder))
            self.deploy_assembly(Path(folder), *words)

    def deploy_assembly(self, assembly: Path, *words: str) -> None:
        """`cdk deploy` of what was synthesised before."""
        stacks = ["--app", str(assembly), "deploy", *STACKS, "--require-approval", "never", *words]
        cdk(self.environment, stacks, cwd=ROOT)

    def assembly_of(self, clone: Path, assembly: Path) -> Path:
        """`cdk synth` of another clone of Greenshift, with the same context."""
        chosen = [part for each in self._context.items() for part in ("-c", "=".join(each))]
        its_own = {"PYTHONPATH": os.pathsep.join(map(str, (clone, clone / "infra" / "construct")))}
        words = ["synth", "--quiet", "--output", str(assembly), *chosen]
        cdk(self.environment, words, cwd=clone, variables=its_own)
        return assembly

    def schedule(self) -> dict[str, Any]:
        """The service's release schedule, made by `cdk deploy` from the context where there is none
        yet; it is never due by itself.
        """
        client = self.client("scheduler")
        try:
            found = client.get_schedule(Name="greenshift-orders")
        except client.exceptions.ResourceNotFoundException:
            self.deploy({SCHEDULE: "cron(0 0 1 1 ? 2099)"})
            found = client.get_schedule(Name="greenshift-orders")
        return dict(found)

    def function(self, name: str) -> str:
        """The full name of the one function of Greenshift's own whose name has `name` in it."""
        pages = self.client("lambda").get_paginator("list_functions")
        names = [each["FunctionName"] for page in pages.paginate() for each in page["Functions"]]
        (found,) = [each for each in names if name in each]
        return str(found)

    def greenshift(
        self, *words: str, seconds: float = LONGEST
    ) -> "subprocess.CompletedProcess[str]":
        """Runs the `greenshift` command as a user of this environment does."""
        return subprocess.run(
            [str(Path(sys.executable).parent / "greenshift"), *words],
            env={**self.environment.process_environment(), "COLUMNS": "200"},
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def sweep(self) -> dict[str, Any]:
        """Calls the sweep as its schedule does, and answers what it came to."""
        called = self.client("lambda").invoke(FunctionName="greenshift-sweep", Payload=b"{}")
        answer = json.loads(called["Payload"].read())
        assert "FunctionError" not in called, answer
        return dict(answer)

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """Of the executions that end in the block no listener hears."""
        events, rules = self.client("events"), ("greenshift-recover", "greenshift-start-next")
        for rule in rules:
            events.disable_rule(Name=rule)
        try:
            yield
        finally:
            for rule in rules:
                events.enable_rule(Name=rule)

    def workers(self, function: str) -> list[int]:
        """The processes in which a function's environments run."""
        marks = {f"AWS_LAMBDA_FUNCTION_NAME={function}".encode()}
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                variables = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            ours = f"AWS_ENDPOINT_URL={self.environment.endpoint_url}".encode() in variables
            if ours and marks & set(variables) and int(folder.name) != os.getpid():
                found.append(int(folder.name))
        return found


def _tasks(machine: dict[str, Any]) -> dict[str, str]:
    return {
        name: str(state["Parameters"]["FunctionName"])
        for name, state in json.loads(machine["definition"])["States"].items()
        if state["Type"] == "Task"
    }


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    reader = TypeDeserializer()
    return {key: _number(reader.deserialize(value)) for key, value in item.items()}


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, dict):
        return {key: _number(each) for key, each in value.items()}
    return [_number(each) for each in value] if isinstance(value, list) else value
