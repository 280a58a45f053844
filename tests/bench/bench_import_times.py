"""How long each handler takes to import, beside bare boto3 with one client: a phase's cold start.

Median milliseconds of fresh processes, handlers and their peer in turn.
"""

import os
import statistics
import subprocess
import sys

RUNS = 9
PEER = "import boto3; boto3.client('dynamodb', region_name='us-east-1')"
HANDLERS = [
    "plan",
    "provision_green",
    "migrate_schema",
    "verify_green",
    "shift_traffic",
    "bake",
    "finalize",
    "roll_back",
    "listeners.recover",
    "listeners.schedule_contract",
    "listeners.own_alias",
]
ENVIRONMENT = {
    **os.environ,
    "AWS_DEFAULT_REGION": "us-east-1",
    "GREENSHIFT_TABLE": "ledger",
    "GREENSHIFT_BUCKET": "artifacts",
}


def statement(handler: str) -> str:
    """Imports a handler and makes the client that each of them needs first, as its peer does."""
    return (
        f"import handlers.{handler}; from handlers.adapters.aws import client; client('dynamodb')"
    )


def milliseconds(code: str) -> float:
    """The process's own time from its first line to its last, without the interpreter's start."""
    timed = f"import time; t = time.perf_counter()\n{code}\nprint((time.perf_counter() - t) * 1000)"
    run = subprocess.run(
        [sys.executable, "-c", timed], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return float(run.stdout)


def main() -> None:
    codes = {"bare boto3, one client": PEER} | {name: statement(name) for name in HANDLERS}
    times: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(RUNS):
        for name, code in codes.items():
            times[name].append(milliseconds(code))
    peer = statistics.median(times["bare boto3, one client"])
    print(f"{'import':28}{'median ms':>10}{'of bare':>9}")
    for name, found in times.items():
        print(f"{name:28}{statistics.median(found):>10.0f}{statistics.median(found) / peer:>9.2f}")


if __name__ == "__main__":
    main()
