"""Seconds from a bad verdict to 100 % blue, for services of 1, 5 and 20 functions.

The real handlers in this process on the state machine's interpreter, AWS is the emulator: what is
measured is our own work and the number of calls, not the latency of Lambda's control plane. The
peer is the same aliases set back one after the other by bare UpdateAlias.
"""

import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "statemachine"))

from engine import engine
from in_process import in_process
from provided import provided
from service import Service

from handlers.domain.budget.budget import RATE

SIZES = (1, 5, 20)
RUNS = 3


class _BadVerdict(Exception):
    pass


def rollback_seconds(environment: Any, size: int, run: int) -> float:
    """From the moment at which Bake fails to the answer of the last flip back to blue."""
    kinds = {f"f{number}": "entry" for number in range(size)}
    service = Service(environment, f"bench{size}x{run}", kinds=kinds)
    service.upload("1.0.0", plan="steps(50@1, 100@1)")
    failed_at = 0.0

    def fail(phase: str, _: Any) -> None:
        nonlocal failed_at
        if phase == "bake":
            failed_at = time.time()
            raise _BadVerdict("green is worse than blue")

    with in_process(pace=1) as states, engine(states, service.name) as machine:
        machine.before = fail
        ended = machine.run({"release": "1.0.0"})
    assert ended.error == "RolledBack", ended
    assert all(alias["weights"] == {} for alias in service.live().values())
    return last_flip(ended.answer["deployment"]) - failed_at


def last_flip(deployment: str) -> float:
    """When the last alias was back, as the ledger has it."""
    from handlers.adapters.tools import Tools

    return max(flip["at"] for flip in Tools().journal.flips(deployment) if flip["weight"] == 0)


def peer_seconds(environment: Any, size: int) -> float:
    """The same number of bare UpdateAlias calls, one after the other."""
    client = environment.client("lambda")
    began = time.time()
    for number in range(size):
        client.update_alias(
            FunctionName=f"bench{size}x0-f{number}", Name="live", FunctionVersion="1"
        )
    return time.time() - began


def main() -> None:
    logging.disable(logging.CRITICAL)
    with provided() as environment:
        os.environ["GREENSHIFT_LAMBDA_RATE"] = str(RATE)
        print(f"{'functions':>9}{'verdict to 100 % blue, s':>26}{'bare UpdateAlias x n, s':>25}")
        for size in SIZES:
            runs = sorted(rollback_seconds(environment, size, run) for run in range(RUNS))
            print(f"{size:>9}{runs[RUNS // 2]:>26.2f}{peer_seconds(environment, size):>25.2f}")


if __name__ == "__main__":
    main()
