"""Twenty services deploy at once: `orders` with its customers, and nineteen small ones with theirs."""

import json
import sys
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from accounts import Account, kept
from stage import ROOT
from under_load import LoadOrders
from variants import STEPPED, zipped
from whole import after_release

from infra.local.toolchain import cdk

SERVICES = [f"tile-{number:02}" for number in range(1, 20)]
APP = Path(__file__).parent / "many" / "app.py"
PATIENCE = 600.0
"""Twenty deployments at once start some eighty environments of Greenshift's functions."""
TOML = """
format = 1
service = "{service}"
release = "1.0.0"
[functions.only]
code = "functions/only.zip"
[shift]
plan = "steps(50@0.1, 100@0.05)"
minMinutes = 0
[bake]
stratumSeconds = 1
settleSeconds = 1
inconclusive = "promote"
"""
SOURCE = (
    b"def handler(event, context):\n    return {'version': context.function_version, 'new': 1}\n"
)
CALLERS = 2


class Callers:
    """Calls `live` of every small service in turn, and counts who has answered."""

    def __init__(self, orders: LoadOrders) -> None:
        self._environment = orders.environment
        self._over, self._lock = threading.Event(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._call, args=(at,), daemon=True) for at in range(CALLERS)
        ]
        self.answers: Counter[tuple[str, str]] = Counter()
        self.failed: list[str] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def account(self) -> Account:
        """What was called so far; a small service's versions are its seed and its release."""
        strange = sum(n for (_, version), n in self.answers.items() if version not in ("1", "2"))
        return Account(
            "the nineteen beside it",
            requests=self.answers.total() + len(self.failed),
            failed=len(self.failed),
            strange=strange + len(self.failed),
        )

    def _call(self, first: int) -> None:
        client = self._environment.client("lambda")
        while True:
            for service in SERVICES[first::CALLERS]:
                if self._over.wait(0.03):
                    return
                called = client.invoke(FunctionName=f"{service}-only", Qualifier="live")
                answer = json.loads(called["Payload"].read())
                with self._lock:
                    if "FunctionError" in called or "version" not in answer:
                        self.failed.append(f"{service}: {answer}")
                    else:
                        self.answers[service, answer["version"]] += 1


@pytest.fixture
def many(orders: LoadOrders) -> LoadOrders:
    """Nineteen small services beside `orders`, by `cdk deploy`."""
    with tempfile.TemporaryDirectory(prefix="greenshift-many-") as folder:
        app = ["--app", f"{sys.executable} {APP}", "--output", folder]
        context = ["--context", "greenshift:platform=embedded"]
        cdk(orders.environment, ["synth", "--quiet", *app, *context], cwd=ROOT)
        words = ["--app", folder, "deploy", "Many", "--require-approval", "never"]
        cdk(orders.environment, words, cwd=ROOT)
    return orders


@pytest.mark.timeout(1200)
def test_twenty_services_deploy_at_once(many: LoadOrders) -> None:
    orders, version = many, many.version()
    bundle = orders.bundle(version, pace=STEPPED)
    with ExitStack() as stack:
        traffic = stack.enter_context(orders.traffic("twenty services at once: orders"))
        callers = stack.enter_context(Callers(orders))
        with ThreadPoolExecutor(len(SERVICES) + 1) as pool:
            event = pool.submit(orders.drop, version, bundle)
            list(pool.map(lambda service: drop(orders, service), SERVICES))
        running = orders.started_by(event.result(), seconds=PATIENCE)
        ends = {service: end_of(orders, service) for service in SERVICES}
        ended = orders.wait(running, seconds=PATIENCE)
    kept.append(callers.account())
    assert ends == dict.fromkeys(SERVICES, "Released")
    for service in SERVICES:
        alias = orders.client("lambda").get_alias(FunctionName=f"{service}-only", Name="live")
        assert alias["FunctionVersion"] == "2"
        assert not (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
        assert orders.item(f"SERVICE#{service}", "CLAIM")["closed"]
        assert callers.answers[service, "1"] > 0
        assert callers.answers[service, "2"] > 0
    assert not callers.failed, callers.failed[:5]
    after_release(orders, ended, version, traffic.before)
    traffic.nothing_lost()


def drop(orders: LoadOrders, service: str) -> None:
    """Drops the release of a small service into the bucket."""
    files = {
        "release.toml": TOML.format(service=service).encode(),
        "functions/only.zip": zipped({"index.py": SOURCE}),
    }
    key = f"releases/{service}/1.0.0.zip"
    orders.client("s3").put_object(Bucket=orders.bucket, Key=key, Body=zipped(files))


def end_of(orders: LoadOrders, service: str) -> str:
    """The outcome of the one deployment of a small service."""
    client, machine = orders.client("stepfunctions"), orders.deployments.deployer.machine(service)

    def started() -> list[dict]:
        return client.list_executions(stateMachineArn=machine)["executions"]

    (only,) = orders.until(started, f"{service} was not started", seconds=PATIENCE)
    return str(orders.wait(only["executionArn"], seconds=PATIENCE).answer.get("outcome"))
