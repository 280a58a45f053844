"""What one whole deployment of `orders` costs: state transitions, history events and AWS calls.

The real handlers in this process on the state machine's interpreter, with the sample's own bundle
of 1.1.0 (two functions, six checks, one migration on PostgreSQL). Every call of the SDK is counted
where it is made. How often Bake looks depends on the traffic: its rounds are counted apart.
"""

import logging
import os
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("statemachine", "e2e")]

from botocore.client import BaseClient
from engine import engine
from in_process import in_process
from provided import provided
from service import Service
from variants import Variant

from infra.sample.database import prepare_database

PACE = """
[shift]
plan = "steps(20@0.05, 50@0.05, 100@0.05)"
[bake]
stratumSeconds = 1
settleSeconds = 1
inconclusive = "promote"
"""
ROUND = ("Observe", "Bake", "Verdict?")
Calls = dict[str, Counter[str]]


@contextmanager
def counted(calls: Calls, phase: list[str]) -> Iterator[None]:
    """Counts every call of the SDK by the phase that is under way; this thread's are the bench's own."""
    real, own = BaseClient._make_api_call, threading.get_ident()

    def call(self: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
        if phase and threading.get_ident() != own:
            name = f"{self.meta.service_model.service_id.lower()}:{operation}"
            calls.setdefault(phase[-1], Counter())[name] += 1
        return real(self, operation, parameters)

    with patch.object(BaseClient, "_make_api_call", call):
        yield


def prepare(environment: Any) -> Service:
    """`orders` as its stack leaves it: functions with their settings, queue, database, registration."""
    service = Service(environment, "orders", kinds={"api": "entry", "worker": "consumer"})
    secrets = prepare_database(environment)
    queue = environment.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    variables = {"QUEUE_URL": queue, "DATABASE_SECRET": secrets.app, "FEATURE_CHANNEL": "off"}
    for key in service.kinds:
        service.lambda_.update_function_configuration(
            FunctionName=service.function(key), Environment={"Variables": variables}, Timeout=10
        )
    service.register(
        database={"kind": "postgres", "secretArn": secrets.migrator, "role": "orders_app"},
        environmentKeys=["FEATURE_CHANNEL"],
    )
    os.environ |= {"GREENSHIFT_SERVICE": "orders", "GREENSHIFT_DATABASE_SECRET": secrets.migrator}
    return service


def deploy(service: Service, base: str, calls: Calls) -> tuple[list[str], int, Counter[str]]:
    """Releases the sample's release; answers the states entered, the history's events, and how often
    each phase was called.
    """
    with tempfile.TemporaryDirectory() as folder:
        bundle = Variant(base=base, pace=PACE).write(base, Path(folder))
        event = service.upload(base, bundle.read_bytes())
    phase: list[str] = []
    with (
        in_process(pace=1) as steps,
        engine(steps, service.name, waiting=True) as machine,
        counted(calls, phase),
    ):
        machine.before = lambda name, _: phase.append(name)
        machine.after = lambda name, _: phase.clear()
        run = machine.run(event)
        assert run.end == "Released", run
        history = machine._states.get_execution_history(executionArn=run.arn, maxResults=1000)
    return run.states, len(history["events"]), Counter(machine.calls)


def main() -> None:
    logging.disable(logging.INFO)
    with provided(database=True) as environment:
        # Each call of Lambda asks for its turn, as on AWS; none waits for it here.
        os.environ["GREENSHIFT_LAMBDA_RATE"] = "1000"
        service = prepare(environment)
        deploy(service, "1.0.0", {})
        calls: Calls = {}
        states, events, called = deploy(service, "1.1.0", calls)
    report(states, events, called, calls)


def report(states: list[str], events: int, called: Counter[str], calls: Calls) -> None:
    total = sum(found.total() for found in calls.values())
    rounds = called["bake"]
    in_rounds = sum(state in ROUND for state in states)
    print(f"{'phase':<18}{'times':>6}{'AWS calls':>11}{'each':>7}   by operation")
    for phase, times in called.items():
        found = calls.get(phase, Counter())
        told = ", ".join(f"{name} {number}" for name, number in found.most_common())
        print(f"{phase:<18}{times:>6}{found.total():>11}{found.total() / times:>7.1f}   {told}")
    print()
    print(f"AWS calls: {total}, of which {calls['bake'].total()} in {rounds} rounds of Bake")
    # The start's own transition is counted by Step Functions as well.
    print(f"state transitions: {len(states) + 1}, of which {in_rounds} in the rounds")
    print(f"history events: {events}")


if __name__ == "__main__":
    main()
