"""The functions of the deployer's template, and what they may do."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

PHASES = {
    "plan": 600,
    "provision-green": 840,
    "migrate-schema": 840,
    "verify-green": 300,
    "run-hooks": 300,
    "shift-traffic": 300,
    "bake": 60,
    "finalize": 300,
    "roll-back": 300,
}
LISTENERS = {
    "recover": 120, "schedule-contract": 120, "own-alias": 120, "start-next": 120, "sweep": 280,
    "hear-alarm": 120, "hear-log": 120, "prune": 840, "notify": 60,
}  # fmt: skip
FUNCTIONS = [*PHASES, *LISTENERS]
READS_BUNDLES = {"plan", "provision-green", "migrate-schema", "verify-green"}


def function(deployer: Any, name: str) -> Any:
    return deployer.one("AWS::Lambda::Function", FunctionName=f"greenshift-{name}")["Properties"]


def statements(deployer: Any, name: str) -> list[dict[str, Any]]:
    role = function(deployer, name)["Role"]["Fn::GetAtt"][0]
    return list(deployer.statements_of(role))


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


def undelivered(deployer: Any, name: str) -> dict[str, Any]:
    queue = deployer.id_of("AWS::SQS::Queue", QueueName=f"greenshift-{name}-undelivered")
    return {"Fn::GetAtt": [queue, "Arn"]}
