"""What the tests of the command line find in their account: the emulator, filled by the real adapters."""

import io
import itertools
import json
import time
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from handlers.adapters.clock import iso
from handlers.adapters.ledger.claims import Claim
from handlers.domain.bundle.pack import write_bundle
from infra.local.environment import Environment
from statemachine.client import Deployments
from statemachine.connection import Connection

TABLE, BUCKET = "greenshift-ledger", "greenshift-artifacts"
ROLE = "arn:aws:iam::000000000000:role/greenshift"
ANSWER = {
    "deployment", "service", "release", "digest", "outcome", "reason", "blue", "green", "startedAt",
    "endedAt", "failedRequests",
}  # fmt: skip
"""The keys of every answer."""
_names = (f"shop{number}" for number in itertools.count(1))


def answer(service: str, outcome: str, **changes: Any) -> dict[str, Any]:
    """A deployment's answer."""
    return {
        "deployment": f"{service}-1.1.0-20261123T101502Z-7f3a",
        "service": service,
        "release": "1.1.0",
        "digest": "sha256:" + "ab" * 32,
        "outcome": outcome,
        "reason": "green failed 3 of 4,112 requests, blue 21 of 31,960: odds 1.1, pass (e = 84, needs 40)",
        "blue": {"api": "1"},
        "green": {"api": "2"},
        "startedAt": "2026-11-23T10:15:02.000Z",
        "endedAt": "2026-11-23T10:16:34.000Z",
        "failedRequests": 3,
        **changes,
    }


def ends_with(found: Mapping[str, Any]) -> dict[str, Any]:
    """A machine that ends at once, as the real one does with this answer."""
    if found["outcome"] in ("Released", "NothingToDo"):
        return {"Type": "Pass", "Result": dict(found), "End": True}
    return {"Type": "Fail", "Error": found["outcome"], "Cause": json.dumps(found)}


WAITS = {"Type": "Wait", "Seconds": 600, "End": True}
"""A machine that runs until it is stopped."""


def _definition(state: Mapping[str, Any]) -> str:
    """A machine that starts with the state; `StatesBeside` are those that it leads to."""
    first = {key: value for key, value in state.items() if key != "StatesBeside"}
    return json.dumps(
        {"StartAt": "First", "States": {"First": first, **state.get("StatesBeside", {})}}
    )


class Account:
    """An account with a deployer; `service` adds one with a machine."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.client = cache(environment.client)
        self.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.client("s3").create_bucket(Bucket=BUCKET)
        self.client("s3").put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        for name, value in (("table", TABLE), ("bucket", BUCKET)):
            self._parameter(f"/greenshift/deployer/{name}", value)

    def deployments(self) -> Deployments:
        return Deployments(self.client, poll_seconds=0.05)

    def service(self, state: Mapping[str, Any] = WAITS) -> "Service":
        """A registered service of one function, whose machine is the one given state."""
        service = Service(self, next(_names))
        functions = {"api": {"name": f"{service.name}-api", "kind": "entry"}}
        registration = {
            "format": 1,
            "service": service.name,
            "alias": "live",
            "functions": functions,
        }
        self._parameter(f"/greenshift/services/{service.name}", json.dumps(registration))
        self._function(f"{service.name}-api")
        states = self.client("stepfunctions")
        made = states.create_state_machine(
            name=f"greenshift-{service.name}",
            roleArn=ROLE,
            definition=_definition(state),
            publish=True,
        )
        version = made["stateMachineVersionArn"]
        states.create_state_machine_alias(
            name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}]
        )
        return service

    def _parameter(self, name: str, value: str) -> None:
        self.client("ssm").put_parameter(Name=name, Value=value, Type="String")

    def _function(self, name: str) -> None:
        code = io.BytesIO()
        write_bundle({"index.py": b"def handler(event, context):\n    return {}\n"}, code)
        lambda_ = self.client("lambda")
        lambda_.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="index.handler",
            Role=ROLE,
            Code={"ZipFile": code.getvalue()},
            Publish=True,
        )
        lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")


class Service:
    """A service, and the ledger's side of its deployments, written by the real adapters."""

    def __init__(self, account: Account, name: str) -> None:
        self.account, self.name = account, name
        self._on = Connection(account.client)
        self.claims, self.journal = self._on.claims, self._on.journal
        self.contracts, self.history = self._on.contracts, self._on.history
        self.ledger = self._on._ledger

    def upload(self, release: str, body: bytes = b"a bundle") -> None:
        key = f"releases/{self.name}/{release}.zip"
        self.account.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)

    def running(self, *, action: str = "deploy") -> Claim:
        """An execution that runs, with its deployment claimed and under way."""
        arn = self.account.deployments().start(self.name, {"release": "1.1.0"})
        deployment = f"{self.name}-1.1.0-{uuid.uuid4().hex[:4]}"
        at = iso(time.time())
        record = {
            "deployment": deployment,
            "service": self.name,
            "release": "1.1.0",
            "digest": "",
            "action": action,
            "execution": arn,
            "startedAt": at,
            "functions": {"api": {"name": f"{self.name}-api", "blue": "1"}},
            "note": "",
        }
        wanted = Claim(self.name, deployment, arn, 0, at, closed=False)
        claim = self.claims.take(wanted, record, over=self.claims.of(self.name))
        plan = {"steps": 2, "shiftPlan": "steps(10@5, 100@5)", "note": ""}
        self.journal.ended(deployment, "Plan", at, plan)
        return claim

    def close(
        self, claim: Claim, outcome: str, *, live: bool = False, **changes: Any
    ) -> dict[str, Any]:
        """Ends a deployment in the ledger, as Finalize, RollBack or a recovery does."""
        found = answer(self.name, outcome, deployment=claim.deployment, **changes)
        item = self.live_item(found) if live else None
        self.journal.close(claim, outcome, found, live=item)  # type: ignore[arg-type]
        return found

    def live_item(self, found: Mapping[str, Any], hours: float = 24) -> dict[str, Any]:
        return {
            "release": found["release"],
            "digest": found["digest"],
            "versions": {"api": "1"},
            "functions": {"api": {"name": f"{self.name}-api"}},
            "since": found["endedAt"],
            "rollbackUntil": iso(time.time() + hours * 3600),
            "former": {"release": "1.0.0", "digest": "", "probes": [], "versions": {"api": "1"}},
        }

    def status_of(self, execution: str) -> str:
        found = self.account.client("stepfunctions").describe_execution(executionArn=execution)
        return str(found["status"])

    def until(self, condition: Callable[[], Any], seconds: float = 30) -> None:
        """Waits until the condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come to hold"
            time.sleep(0.02)
